/** From results to coverage, exit code, its causes and the headline. */
import type { Row, RowId } from '../../spec/row.ts';
import type { CheckResult, Outcome, RunResult } from '../result.ts';
import type { Target } from '../target.ts';
import { isApplicable } from './needs.ts';

/** Below this share of observed MUST rows a run proves too little to be called passed. */
const SUFFICIENT_COVERAGE = 0.3;

/** By precedence: the first that has a cause is the exit code. 130 stands outside, an interrupted run has no verdict. */
export const EXIT_CODES = { usage: 2, failed: 1, inconclusive: 3, budget: 99 } as const;
const PRECEDENCE = ['usage', 'failed', 'inconclusive', 'budget'] as const;
export const INTERRUPTED = 130;

/** What people call each. */
export const EXIT_WORDS: Readonly<Record<number, string>> = {
  0: 'PASSED',
  [EXIT_CODES.failed]: 'FAILED',
  [EXIT_CODES.usage]: 'NOT RUN',
  [EXIT_CODES.inconclusive]: 'INCONCLUSIVE',
  [EXIT_CODES.budget]: 'BUDGET BREACHED',
  [INTERRUPTED]: 'INTERRUPTED',
};

/** How a headline begins: `FAILED (1)`. */
export function verdictWord(exit_code: number): string {
  const word = EXIT_WORDS[exit_code] ?? 'FAILED';
  return exit_code === 0 ? word : `${word} (${String(exit_code)})`;
}

export type Cause = { readonly kind: keyof typeof EXIT_CODES; readonly text: string };

export function exitOf(causes: readonly Cause[], interrupted: boolean): { exit_code: number; exit_reasons: string[] } {
  const kind = PRECEDENCE.find((candidate) => causes.some((cause) => cause.kind === candidate));
  const reasons = PRECEDENCE.flatMap((entry) => causes.filter((cause) => cause.kind === entry)).map(
    (cause) => cause.text,
  );
  if (interrupted) return { exit_code: INTERRUPTED, exit_reasons: reasons.length > 0 ? reasons : ['interrupted'] };
  return { exit_code: kind === undefined ? 0 : EXIT_CODES[kind], exit_reasons: reasons };
}

/** Why checks were not run at all: one cause for the run, not one for each of them. */
const HALTED = new Set(['unreachable', 'no-vital-sign', 'interrupted', 'target-not-recovered']);
/** The failure that made the run stop is the cause. */
const FOLLOWS = new Set(['bailed']);

const TOLD_CHARS = 140;

/** A failure in words: what was seen, and the requirement and check that it breaks. */
function told({ id, rows, observed, reason }: CheckResult): string {
  const seen = observed ?? reason ?? 'failed';
  return `${clipped(seen)} (${[...rows, id].join(', ')})`;
}

function clipped(text: string): string {
  return text.length <= TOLD_CHARS ? text : `${text.slice(0, TOLD_CHARS - 1)}…`;
}

/** `required` are checks whose rows `--require` names. */
export function causesOf(results: readonly CheckResult[], required: ReadonlySet<string>): Cause[] {
  const told_by_results = results.flatMap((result): Cause[] => {
    const { id, reason, observed, expected_failure, level } = result;
    const counts = level === 'MUST';
    const is_required = required.has(id);
    if (result.outcome === 'pass' && expected_failure !== null) {
      return [{ kind: 'failed', text: `${id} passes, but is listed as an expected failure (${expected_failure})` }];
    }
    if (result.outcome === 'fail' && expected_failure === null && counts) {
      return [{ kind: 'failed', text: told(result) }];
    }
    if (result.outcome === 'not-observed' && is_required) {
      return [{ kind: 'failed', text: `${id} is required and was not observed: ${observed ?? ''}` }];
    }
    if (result.outcome === 'inconclusive' && FOLLOWS.has(reason ?? '')) return [];
    if (result.outcome === 'inconclusive' && HALTED.has(reason ?? '')) {
      return [{ kind: 'inconclusive', text: observed ?? '' }];
    }
    if (result.outcome === 'inconclusive' && (counts || is_required)) {
      return [{ kind: 'inconclusive', text: `${id} is inconclusive: ${observed ?? reason ?? ''}` }];
    }
    return [];
  });
  const causes = [...told_by_results, ...unselected(results, required)];
  const distinct = causes.filter(({ text }, index) => causes.findIndex((cause) => cause.text === text) === index);
  const seen = results.some((result) => result.outcome === 'pass' || result.outcome === 'fail');
  return seen || distinct.length > 0 ? distinct : [{ kind: 'inconclusive', text: 'nothing was observed' }];
}

/** What was asked for and then left out was not observed either; one cause for all of it. */
function unselected(results: readonly CheckResult[], required: ReadonlySet<string>): Cause[] {
  const judged = new Set(results.map(({ id }) => id));
  const left_out = [...required].filter((id) => !judged.has(id));
  if (left_out.length === 0) return [];
  const [are, were] = left_out.length === 1 ? ['is', 'was'] : ['are', 'were'];
  return [{ kind: 'failed', text: `${clipped(left_out.join(', '))} ${are} required and ${were} not selected` }];
}

export function summaryOf(results: readonly CheckResult[]): RunResult['summary'] {
  const count = (outcome: Outcome): number => results.filter((result) => result.outcome === outcome).length;
  return {
    pass: count('pass'),
    fail: count('fail'),
    inconclusive: count('inconclusive'),
    not_observed: count('not-observed'),
    not_applicable: count('not-applicable'),
  };
}

/** MUST rows that are a demand on this target; observed: a check that cites it passed or failed. */
export function coverageOf(
  rows: readonly Row[],
  results: readonly CheckResult[],
  target: Target,
): RunResult['coverage'] {
  const observed = new Set<RowId>(
    results.flatMap((result) => (result.outcome === 'pass' || result.outcome === 'fail' ? result.rows : [])),
  );
  const musts = rows.filter((row) => row.level === 'MUST' && row.excluded === undefined && isApplicable(row, target));
  return { observed_must: musts.filter((row) => observed.has(row.id)).length, total_must: musts.length };
}

export function headlineOf(result: Pick<RunResult, 'exit_code' | 'exit_reasons' | 'coverage' | 'summary'>): string {
  const { exit_code, exit_reasons, coverage, summary } = result;
  const seen = `${String(coverage.observed_must)} of ${String(coverage.total_must)} MUST requirements observed`;
  const [first = '', ...others] = exit_reasons;
  const more = others.length === 0 ? '' : `, and ${String(others.length)} more`;
  const word = verdictWord(exit_code);
  if (exit_code === INTERRUPTED) return `${word}: ${seen} until then`;
  if (exit_code !== 0) return `${word}: ${first}${more}; ${seen}`;
  if (coverage.observed_must < coverage.total_must * SUFFICIENT_COVERAGE) {
    return `INSUFFICIENT: nothing failed, but only ${seen}`;
  }
  return `${word}: ${String(summary.pass)} checks hold; ${seen}`;
}
