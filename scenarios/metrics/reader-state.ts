/** One logical reader on one stream, as the measures follow it across its reconnects. */
import type { ReadMode } from '../../harness/history.ts';
import type { StreamLog } from './stream-log.ts';

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
/** Holes looked at when the run is over; a server that leaves more is found out by the first. */
const KEPT_HOLES = 10_000;

export class ReaderState {
  readonly stream: StreamLog;
  readonly mode: ReadMode;
  attached = false;
  /** It has all it ever will: the terminal event, or a complete final read. */
  complete = false;
  last = 0;
  /** When its stream ended against its will; null while it has not. */
  cut_ms: number | null = null;
  replay: { readonly wanted_ms: number; readonly through: number } | null = null;
  readonly holes: (readonly [from: number, to: number])[] = [];
  readonly #aways: Away[] = [];

  constructor(stream: StreamLog, mode: ReadMode) {
    this.stream = stream;
    this.mode = mode;
  }

  wentAway(away: Away): void {
    this.#aways.push(away);
    if (this.#aways.length > KEPT_AWAYS) this.#aways.shift();
  }

  /** How much of the span it was away for, in milliseconds. */
  awayWithin(from_ms: number, to_ms: number): number {
    return this.#aways.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, to_ms) - Math.max(from, from_ms)), 0);
  }

  /** The id arrived. Returns false when the reader had passed it before. */
  advance(id: number): boolean {
    if (id <= this.last) return false;
    if (id > this.last + 1 && this.holes.length < KEPT_HOLES) this.holes.push([this.last + 1, id - 1]);
    this.last = id;
    return true;
  }
}
