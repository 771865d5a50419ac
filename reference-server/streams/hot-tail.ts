/**
 * The newest events of one followed stream, contiguous up to its tail. What is older is read from the store.
 * Source: seed 004 §4.3 (cache of the most recent N events per job).
 */
import type { StreamEvent } from '../../spec/wire.ts';

export class HotTail {
  /** Newest id known; every event after it is news. */
  tail: number;
  readonly #limit: number;
  #events: StreamEvent[] = [];

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
      this.tail = event.id;
    }
    return true;
  }

  /** Starts anew from a consistent read: `events` are contiguous and end at the tail or beyond it. */
  reset(events: readonly StreamEvent[]): void {
    const last = events.at(-1);
    if (last === undefined || last.id < this.tail) return;
    this.#events = [...events];
    this.tail = last.id;
  }

  /** Events after the cursor, at most `limit`; null when some of them are no longer here. */
  after(cursor: number, limit: number): readonly StreamEvent[] | null {
    const start = cursor - (this.tail - this.#events.length);
    return start < 0 ? null : this.#events.slice(start, start + limit);
  }

  /** Keeps the newest `limit` events. In steps, so that it costs little per event. */
  trim(): void {
    if (this.#events.length >= 2 * this.#limit) this.#events = this.#events.slice(-this.#limit);
  }
}
