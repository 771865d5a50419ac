/** The chart's points: latencies by the window in which events were received. */
import type { ReadMode } from '../../harness/history.ts';
import type { SeriesPoint } from '../../harness/result.ts';
import type { Target } from '../../harness/target.ts';
import type { Workload } from '../scenario.ts';
import { Trend } from './trend.ts';

export const SERIES_WINDOW_MS = 250;

/**
 * Whose latencies are drawn: those who are sent their events. A poller's latency is its interval, which would hide what
 * happens to all others; it is drawn only where nobody else reads.
 */
export function chartedModes({ subscribers, pollers }: Workload, target: Pick<Target, 'capabilities'>): ReadMode[] {
  const modes: ReadMode[] = [];
  if (subscribers.live + subscribers.late + subscribers.reconnecting > 0) modes.push('sse');
  if (pollers.long_poll > 0 && target.capabilities.has('long-poll')) modes.push('long-poll');
  return modes.length > 0 ? modes : ['poll'];
}

export class Series {
  readonly points: SeriesPoint[] = [];
  readonly modes: readonly ReadMode[];
  readonly #began_ms: number;
  readonly #queueDepth: () => number;
  #latencies = new Trend();
  #delivered = 0;
  #reconnects = 0;

  /** `modes`: whose latencies are drawn. `queueDepth` is asked at the end of each window. */
  constructor(began_ms: number, modes: readonly ReadMode[], queueDepth: () => number) {
    this.modes = modes;
    this.#began_ms = began_ms;
    this.#queueDepth = queueDepth;
  }

  /** Time has come so far; call before anything of that time is recorded. */
  advance(at_ms: number): void {
    while (at_ms >= this.#began_ms + (this.points.length + 1) * SERIES_WINDOW_MS) this.#close();
  }

  received(latency_ms: number, mode: ReadMode): void {
    this.#delivered += 1;
    if (this.modes.includes(mode)) this.#latencies.record(latency_ms);
  }

  reconnected(): void {
    this.#reconnects += 1;
  }

  #close(): void {
    const values = this.#latencies.select().percentiles();
    this.points.push({
      at_ms: this.points.length * SERIES_WINDOW_MS,
      p50_ms: values?.p50_ms ?? null,
      p95_ms: values?.p95_ms ?? null,
      max_ms: values?.max_ms ?? null,
      delivered: this.#delivered,
      queue_depth: this.#queueDepth(),
      reconnects: this.#reconnects,
    });
    this.#latencies = new Trend();
    this.#delivered = 0;
    this.#reconnects = 0;
  }
}
