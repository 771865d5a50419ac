import type { CheckResult, Outcome } from '../result.ts';

/** The worst first: one failure in twenty is a failure. */
const SEVERITY: readonly Outcome[] = ['fail', 'inconclusive', 'not-observed', 'not-applicable', 'pass'];

/** The worst of a check's runs, with how many passed where there was more than one. */
export function mergeRepeats(runs: readonly CheckResult[], wanted: number): CheckResult {
  const worst = runs.toSorted((left, right) => SEVERITY.indexOf(left.outcome) - SEVERITY.indexOf(right.outcome))[0];
  if (worst === undefined) throw new RangeError('mergeRepeats: a check ran zero times');
  if (wanted === 1) return worst;
  const passed = runs.filter((run) => run.outcome === 'pass').length;
  return {
    ...worst,
    duration_ms: runs.reduce((total, run) => total + run.duration_ms, 0),
    repeats: { passed, total: runs.length },
  };
}
