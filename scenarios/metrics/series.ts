/** The chart's points: latencies by the window in which events were received. */
import type { SeriesPoint } from '../../harness/result.ts';
import { Trend } from './trend.ts';

export const SERIES_WINDOW_MS = 250;

export class Series {
  readonly points: SeriesPoint[] = [];
  readonly #began_ms: number;
  readonly #queueDepth: () => number;
  #latencies = new Trend();
  #reconnects = 0;

  /** `queueDepth` is asked at the end of each window. */
  constructor(began_ms: number, queueDepth: () => number) {
    this.#began_ms = began_ms;
    this.#queueDepth = queueDepth;
  }

  /** Time has come so far; call before anything of that time is recorded. */
  advance(at_ms: number): void {
    while (at_ms >= this.#began_ms + (this.points.length + 1) * SERIES_WINDOW_MS) this.#close();
  }

  received(latency_ms: number): void {
    this.#latencies.record(latency_ms);
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
      delivered: values?.count ?? 0,
      queue_depth: this.#queueDepth(),
      reconnects: this.#reconnects,
    });
    this.#latencies = new Trend();
    this.#reconnects = 0;
  }
}
