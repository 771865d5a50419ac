/** When event latency was within its budget, looked at in short windows of the time of receipt. */
import type { PhaseClock } from './phases.ts';

const WINDOW_MS = 100;
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

  /** From each heal to the first window in which events arrived within budget; null: there was none. */
  healToSlo(phases: PhaseClock): (number | null)[] {
    const good = [...this.#windows]
      .flatMap(([index, { total, over }]) => (over > total * SHARE_OVER ? [] : [index * WINDOW_MS]))
      .sort((one, other) => one - other);
    return phases.heals_ms.map((healed_ms) => {
      // In the window that the heal lies in, part was received before it.
      const met_ms = good.find((from_ms) => from_ms >= healed_ms);
      return met_ms === undefined ? null : met_ms - healed_ms;
    });
  }
}
