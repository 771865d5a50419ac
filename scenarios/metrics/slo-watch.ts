/** When event latency was within its budget, looked at in short windows of the time of receipt. */
import type { PhaseClock } from './phases.ts';

const WINDOW_MS = 200;
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

  /** From each heal to the end of the last window that was over budget before the next fault; null: it never met it. */
  healToSlo(phases: PhaseClock): (number | null)[] {
    return phases.heals_ms.map((healed_ms) => {
      const first = Math.floor(healed_ms / WINDOW_MS);
      const until = phases.nextFaultAfter(healed_ms) / WINDOW_MS;
      const windows = [...this.#windows]
        .filter(([index]) => index >= first && index < until)
        .sort(([one], [other]) => one - other);
      const bad = windows.findLastIndex(([, { total, over }]) => over > total * SHARE_OVER);
      if (windows.length === 0 || bad === windows.length - 1) return null;
      return bad < 0 ? 0 : ((windows[bad]?.[0] ?? 0) + 1) * WINDOW_MS - healed_ms;
    });
  }
}
