/**
 * The newest events of one followed stream, contiguous up to its tail. What is older is read from the store.
 * Source: seed 004 §4.3 (cache of the most recent N events per job).
 */
import type { StreamEvent } from '../../spec/wire.ts';

/** Payload that a tail holds whatever its events are; it is trimmed at twice as much. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

export class HotTail {
  /** Newest id known; every event after it is news. */
  tail: number;
  readonly #limit: number;
  #events: StreamEvent[] = [];
  #characters = 0;

  constructor(tail: number, limit: number) {
    this.tail = tail;
    this.#limit = limit;
  }

  /** Takes what follows the tail and ignores what is already here; false when events are missing in between. */
  push(events: readonly StreamEvent[]): boolean {
    for (const event of events) {
      if (event.id <= this.tail) continue;
      if (event.id !== this.tail + 1) return false;
      this.#events.push(event);
      this.#characters += event.payload_json.length;
      this.tail = event.id;
    }
    return true;
  }

  /** Starts anew from a consistent read: `events` are contiguous and end at the tail or beyond it. */
  reset(events: readonly StreamEvent[]): void {
    const last = events.at(-1);
    if (last === undefined || last.id < this.tail) return;
    this.#keep([...events]);
    this.tail = last.id;
  }

  /** Events after the cursor, at most `limit`; null when some of them are no longer here. */
  after(cursor: number, limit: number): readonly StreamEvent[] | null {
    const start = cursor - (this.tail - this.#events.length);
    return start < 0 ? null : this.#events.slice(start, start + limit);
  }

  /** Keeps the newest `limit` events, fewer where they are large. In steps, so that it costs little per event. */
  trim(): void {
    if (this.#events.length >= 2 * this.#limit) this.#keep(this.#events.slice(-this.#limit));
    if (this.#characters < 2 * MOST_CHARACTERS) return;
    let first = this.#events.length;
    for (let characters = 0; first > 0 && characters < MOST_CHARACTERS; first -= 1) {
      characters += this.#events[first - 1]?.payload_json.length ?? 0;
    }
    this.#keep(this.#events.slice(first));
  }

  #keep(events: StreamEvent[]): void {
    this.#events = events;
    this.#characters = events.reduce((sum, { payload_json }) => sum + payload_json.length, 0);
  }
}
