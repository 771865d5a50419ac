/** What changed between two runs: outcomes, budgets, latency and coverage. */
import type { CheckResult, Outcome, RunResult } from '../harness/result.ts';
import { isLoadAlone } from './analysis.ts';
import { formatMs, formatValue } from './format.ts';

export interface OutcomeChange {
  readonly check: CheckResult;
  /** null: the check was not in that run. */
  readonly before: Outcome | null;
}

export interface ValueChange {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** after / before - 1; null where before is 0 or unknown. */
  readonly growth: number | null;
}

export interface Comparison {
  readonly outcomes: readonly OutcomeChange[];
  /** Checks the previous run had and this one lacks. */
  readonly gone: readonly string[];
  readonly values: readonly ValueChange[];
}

function growthOf(before: number, after: number): number | null {
  return before === 0 ? null : after / before - 1;
}

function budgetChanges(previous: RunResult, current: RunResult): ValueChange[] {
  return current.thresholds.flatMap(({ expression, value, unit }) => {
    const before = previous.thresholds.find((threshold) => threshold.expression === expression)?.value ?? null;
    if (before === null || value === null || before === value) return [];
    const change = { name: expression, before: formatValue(before, unit), after: formatValue(value, unit) };
    return [{ ...change, growth: growthOf(before, value) }];
  });
}

function phaseChanges(previous: RunResult, current: RunResult): ValueChange[] {
  return Object.entries(current.load?.phases ?? {}).flatMap(([phase, { p95_ms }]) => {
    const before = previous.load?.phases[phase]?.p95_ms;
    if (before === undefined || before === p95_ms) return [];
    const change = { name: `p95 event latency, ${phase}`, before: formatMs(before), after: formatMs(p95_ms) };
    return [{ ...change, growth: growthOf(before, p95_ms) }];
  });
}

/** Whether both asked the same of their targets: what only one of two other runs has was neither dropped nor added. */
function isAlike(previous: RunResult, current: RunResult): boolean {
  return (
    previous.checks.length > 0 &&
    current.checks.length > 0 &&
    previous.load?.scenario === current.load?.scenario &&
    isLoadAlone(previous) === isLoadAlone(current)
  );
}

/** null: runs that asked different things have nothing to compare. */
export function compareRuns(previous: RunResult, current: RunResult): Comparison | null {
  if (!isAlike(previous, current)) return null;
  const before = new Map(previous.checks.map((check) => [check.id, check.outcome]));
  const now = new Set(current.checks.map((check) => check.id));
  return {
    outcomes: current.checks
      .map((check) => ({ check, before: before.get(check.id) ?? null }))
      .filter(({ check, before: outcome }) => outcome !== check.outcome),
    gone: previous.checks.map((check) => check.id).filter((id) => !now.has(id)),
    values: [...budgetChanges(previous, current), ...phaseChanges(previous, current)],
  };
}
