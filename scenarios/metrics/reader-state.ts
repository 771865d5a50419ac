/** One logical reader on one stream, as the measures follow it across its reconnects. */
import type { ReadMode } from '../../harness/history.ts';
import { IndexSet } from './index-set.ts';
import type { EventTimes, StreamLog } from './stream-log.ts';

/** A span in which the reader was away of its own will, so that nothing was late for it. */
export type Away = readonly [from_ms: number, to_ms: number];

/** A stream was opened, told before its `subscribe` record. */
export interface Attach {
  readonly subscription: string;
  /** Of the request that was answered. */
  readonly asked_ms: number;
  /** Since when the reader wanted to be attached: earlier than `asked_ms` when attempts failed. */
  readonly wanted_ms: number;
  /** null: it was cut. */
  readonly away: Away | null;
}

/** Older ones can only excuse events that have been waited for since. */
const KEPT_AWAYS = 64;
/** A server that signals more gaps than that has the later ones counted against it. */
const KEPT_GAPS = 10_000;

export class ReaderState {
  readonly stream: StreamLog;
  readonly mode: ReadMode;
  attached = false;
  /** It has all it ever will: the terminal event, or a complete final read. */
  complete = false;
  /** The highest id it passed. */
  last: number;
  /** When its stream ended against its will; null while it has not. */
  cut_ms: number | null = null;
  /** It wanted its stream since then and had none when the run ended; null: it had. */
  unanswered_ms: number | null = null;
  /** Told with 204 that nothing follows, before it was given the end. */
  dismissed = false;
  replay: { readonly wanted_ms: number; readonly through: number } | null = null;
  /** What was there when it came, or came back, of its own will: no queue, but its replay. */
  came_for = 0;
  readonly #from: number;
  readonly #received = new IndexSet();
  readonly #gaps: (readonly [after: number, through: number])[] = [];
  readonly #aways: Away[] = [];
  #subscriptions = 0;
  /** Within the present subscription. */
  #passed = 0;

  /** `cursor` is where it began: it asked for nothing up to there. */
  constructor(stream: StreamLog, mode: ReadMode, cursor: number) {
    this.stream = stream;
    this.mode = mode;
    this.last = cursor;
    this.#from = cursor;
  }

  subscribed(): void {
    this.attached = true;
    this.#subscriptions += 1;
    this.#passed = 0;
  }

  wentAway(away: Away): void {
    this.#aways.push(away);
    if (this.#aways.length > KEPT_AWAYS) this.#aways.shift();
  }

  /** How much of the span it was away for, in milliseconds. */
  awayWithin(from_ms: number, to_ms: number): number {
    return this.#aways.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, to_ms) - Math.max(from, from_ms)), 0);
  }

  /** It was told that everything up to and including `through` will not come. */
  gap(through: number): void {
    // What is no position would stay for good, and hide every loss behind it.
    if (!Number.isSafeInteger(through) || through <= this.last) return;
    if (this.#gaps.length < KEPT_GAPS) this.#gaps.push([this.last, through]);
    this.last = through;
  }

  /**
   * An event arrived; `event` null: nobody published it here, so that only its id tells it from others.
   * `again`: the reader had it. `resumed`: it had it, and got it again by a reconnect, not within one subscription.
   */
  receive(event: EventTimes | null, seen_id: number | null): { readonly again: boolean; readonly resumed: boolean } {
    const id = Number.isSafeInteger(seen_id) ? seen_id : null;
    const again = event === null ? id !== null && id <= this.last : this.#received.has(event.index);
    const resumed = again && this.#subscriptions > 1 && id !== null && id > this.#passed;
    if (event !== null) this.#received.add(event.index);
    if (id !== null) {
      this.last = Math.max(this.last, id);
      this.#passed = Math.max(this.#passed, id);
    }
    return { again, resumed };
  }

  /** Acknowledged, asked for, not excused by a gap, and never received. */
  owed(): (EventTimes & { readonly ack: NonNullable<EventTimes['ack']> })[] {
    return this.stream.events.filter(
      (event): event is EventTimes & { readonly ack: NonNullable<EventTimes['ack']> } =>
        event.ack !== null && !this.#received.has(event.index) && !this.#isExcused(event.ack.id),
    );
  }

  #isExcused(id: number): boolean {
    return id <= this.#from || this.#gaps.some(([after, through]) => id > after && id <= through);
  }
}
