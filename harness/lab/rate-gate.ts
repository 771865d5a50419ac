import { setTimeout as delay } from 'node:timers/promises';

/** Spaces requests so that a run stays under `safety.max_rps`, in bursts of at most a tenth of a second's worth. */
export class RateGate {
  readonly #interval_ms: number;
  readonly #burst_ms = 100;
  #next_ms = 0;

  constructor(max_rps: number) {
    this.#interval_ms = 1_000 / max_rps;
  }

  /** Counts a request that goes at once; later ones wait the longer. */
  pass(): number {
    const now_ms = performance.now();
    this.#next_ms = Math.max(this.#next_ms, now_ms - this.#burst_ms) + this.#interval_ms;
    return this.#next_ms - now_ms;
  }

  /** Resolves when the request may go. */
  async wait(signal: AbortSignal): Promise<void> {
    const wait_ms = this.pass();
    if (wait_ms > 1) await delay(wait_ms, undefined, { signal });
  }
}
