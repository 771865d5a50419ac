/** A set of integers as sorted, disjoint ranges: what a reader that misses nothing received is one range. */

import type { Budget } from './budget.ts';

/** With more ranges than this, or without budget, the set stops growing and says so: it may hold more than it knows. */
const MAX_RANGES = 4096;

export class IntervalSet {
  /** from, to, from, to, …; both ends included, ranges neither touch nor overlap. */
  readonly #bounds: number[] = [];
  /** Ranges that all sets together may still take. */
  readonly #budget: Budget;
  #saturated = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Something could not be added any more: `has` may say false for a member. */
  get saturated(): boolean {
    return this.#saturated;
  }

  has(value: number): boolean {
    const range = this.#rangeAtOrBefore(value);
    return range >= 0 && value <= this.#to(range);
  }

  add(value: number): void {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    if (last > 0 && value === this.#to(last - 1) + 1) {
      bounds[last] = value;
      return;
    }
    const before = this.#rangeAtOrBefore(value);
    if (before >= 0 && value <= this.#to(before)) return;
    const after = before + 2;
    const joinsBefore = before >= 0 && this.#to(before) + 1 === value;
    const joinsAfter = after < bounds.length && bounds[after] === value + 1;
    if (joinsBefore && joinsAfter) {
      bounds.splice(before + 1, 2);
      this.#budget.giveBack();
    } else if (joinsBefore) bounds[before + 1] = value;
    else if (joinsAfter) bounds[after] = value;
    else if (bounds.length >= 2 * MAX_RANGES || !this.#budget.take()) this.#saturated = true;
    else bounds.splice(after, 0, value, value);
  }

  #to(range: number): number {
    return this.#bounds[range + 1] ?? Number.NaN;
  }

  /** Index in `#bounds` of the last range that starts at or before the value; -2 for none. */
  #rangeAtOrBefore(value: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[2 * middle] ?? Number.NaN) <= value) low = middle + 1;
      else high = middle;
    }
    return 2 * (low - 1);
  }
}
