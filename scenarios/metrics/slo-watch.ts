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

interface Looked {
  readonly from_ms: number;
  /** Something was received in it. */
  readonly isHeard: boolean;
  readonly isGood: boolean;
}

export class SloWatch {
  readonly #budget_ms: number;
  readonly #windows = new Map<number, Window>();
  /** By window: how many more events are overdue from there on than before; they are until they are received. */
  readonly #overdue = new Map<number, number>();

  constructor(budget_ms: number) {
    this.#budget_ms = budget_ms;
  }

  record(received_ms: number, latency_ms: number): void {
    const index = Math.floor(received_ms / WINDOW_MS);
    const window = this.#windows.get(index) ?? { total: 0, over: 0 };
    this.#windows.set(index, window);
    window.total += 1;
    if (latency_ms <= this.#budget_ms) return;
    window.over += 1;
    // In the window of its receipt it is counted as received.
    this.#shift(Math.floor((received_ms - latency_ms + this.#budget_ms) / WINDOW_MS), 1);
    this.#shift(index, -1);
  }

  #shift(index: number, by: number): void {
    this.#overdue.set(index, (this.#overdue.get(index) ?? 0) + by);
  }

  /**
   * From each heal to the first window in which events arrived within budget and after which they kept arriving so for
   * a while; null: there was none. What is untouched by a fault is in time all along, so one good window says nothing;
   * nor does silence while something is overdue.
   */
  healToSlo(phases: PhaseClock): (number | null)[] {
    const windows = this.#looked();
    const isSteadyFrom = (position: number): boolean =>
      windows.slice(position, position + STEADY_MS / WINDOW_MS).every(({ isGood }) => isGood);
    return phases.heals_ms.map((healed_ms) => {
      // In the window that the heal lies in, part was received before it.
      const met = windows.find(
        ({ from_ms, isHeard }, position) => isHeard && from_ms >= healed_ms && isSteadyFrom(position),
      );
      return met === undefined ? null : met.from_ms - healed_ms;
    });
  }

  /** Without a hole, from the first window to the last. */
  #looked(): Looked[] {
    const indexes = [...this.#windows.keys(), ...this.#overdue.keys()].sort((one, other) => one - other);
    const [first = 0] = indexes;
    const last = indexes.at(-1) ?? first - 1;
    let overdue = 0;
    return Array.from({ length: last - first + 1 }, (_, position) => {
      const index = first + position;
      const { total, over } = this.#windows.get(index) ?? { total: 0, over: 0 };
      overdue += this.#overdue.get(index) ?? 0;
      const isGood = over + overdue <= (total + overdue) * SHARE_OVER;
      return { from_ms: index * WINDOW_MS, isHeard: total > 0, isGood };
    });
  }
}
