/** The bench's arithmetic: ratios of rounds that ran side by side, and how far they spread. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws RangeError without values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (min === undefined || max === undefined || upper === undefined || lower === undefined) {
    throw new RangeError('a spread needs at least one value');
  }
  return { min, median: (lower + upper) / 2, max };
}

/** Ours over the peer's, round by round: what slows the machine for one round slows both of its sides. */
export function ratios(ours: readonly number[], peer: readonly number[]): readonly number[] {
  if (ours.length !== peer.length) {
    throw new RangeError(`found ${ours.length} rounds of ours and ${peer.length} of the peer; each needs the other`);
  }
  return ours.map((value, round) => {
    const other = peer[round] ?? 0;
    if (!(other > 0)) throw new RangeError(`round ${round + 1}: the peer measured ${other}; use more work per round`);
    return value / other;
  });
}

/** Nearest rank: the smallest value that `share` of all values do not exceed. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('a percentile needs at least one value');
  return value;
}
