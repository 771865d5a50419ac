/** When event latency was within its budget, looked at in short windows of the time of receipt. */
import type { PhaseClock } from './phases.ts';

const WINDOW_MS = 100;
/** So long events must keep arriving within budget. */
const STEADY_MS = 1_000;
/** The budget is one on p95. */
const SHARE_OVER = 0.05;

interface Window {
  total: number;
  over: number;
}

export class SloWatch {
  readonly #budget_ms: number;
  readonly #windows = new Map<number, Window>();

  constructor(budget_ms: number) {
    this.#budget_ms = budget_ms;
  }

  record(received_ms: number, latency_ms: number): void {
    const index = Math.floor(received_ms / WINDOW_MS);
    const window = this.#windows.get(index) ?? { total: 0, over: 0 };
    this.#windows.set(index, window);
    window.total += 1;
    if (latency_ms > this.#budget_ms) window.over += 1;
  }

  /**
   * From each heal to the first window in which events arrived within budget and after which they kept arriving so for
   * a while; null: there was none. What is untouched by a fault is in time all along, so one good window says nothing.
   */
  healToSlo(phases: PhaseClock): (number | null)[] {
    const windows = [...this.#windows]
      .map(([index, { total, over }]) => ({ from_ms: index * WINDOW_MS, isGood: over <= total * SHARE_OVER }))
      .sort((one, other) => one.from_ms - other.from_ms);
    const isSteadyFrom = (from_ms: number): boolean =>
      windows.every((window) => window.isGood || window.from_ms < from_ms || window.from_ms >= from_ms + STEADY_MS);
    return phases.heals_ms.map((healed_ms) => {
      // In the window that the heal lies in, part was received before it.
      const met = windows.find(({ from_ms, isGood }) => isGood && from_ms >= healed_ms && isSteadyFrom(from_ms));
      return met === undefined ? null : met.from_ms - healed_ms;
    });
  }
}
