import type { LateEvent } from '../../harness/result.ts';

const KEPT = 10;

/** The latest ten events, each once with its latest reader. */
export class WorstEvents {
  #events: LateEvent[] = [];

  offer(event: LateEvent): void {
    const last = this.#events.at(-1);
    if (this.#events.length === KEPT && last !== undefined && event.latency_ms <= last.latency_ms) return;
    const others = this.#events.filter(({ stream, id }) => stream !== event.stream || id !== event.id);
    const known = this.#events.find(({ stream, id }) => stream === event.stream && id === event.id);
    const later = known !== undefined && known.latency_ms >= event.latency_ms ? known : event;
    this.#events = [...others, later].sort((one, other) => other.latency_ms - one.latency_ms).slice(0, KEPT);
  }

  get all(): readonly LateEvent[] {
    return this.#events;
  }
}
