/**
 * A run as a flat list of points that hold or do not, for formats that know nothing else (TAP, JUnit). The last point
 * is the run itself, so that such a report is red exactly when the exit code is not 0, an empty selection included.
 */
import type { CheckResult, RunResult } from '../harness/result.ts';
import type { Row } from '../spec/row.ts';
import { bySection, isOracleCheck, mendingOf, rowsOf } from './analysis.ts';
import { sentenceOf } from './format.ts';
import { clip, printable } from './printable.ts';
import { transcriptText } from './transcript-text.ts';
import { budgetsOf, rerunCommand, standingOf, verdictOf, type Budget } from './verdict.ts';

const TRANSCRIPT_LINES = 60;
const TEXT_LIMIT = 4_000;

/**
 * `failed`: a requirement or budget does not hold. `error`: nothing could be said. `tolerated`: does not hold, and does
 * not count (a SHOULD, an expected failure). `skipped`: not observed or not applicable.
 */
export type PointStatus = 'ok' | 'failed' | 'error' | 'tolerated' | 'skipped';

export interface TestPoint {
  readonly suite: string;
  readonly name: string;
  readonly status: PointStatus;
  /** Why it is not `ok`; empty when it is. */
  readonly message: string;
  /** Printable, bounded; a list is a transcript. */
  readonly details: Readonly<Record<string, string | readonly string[]>>;
  readonly duration_ms: number;
}

function text(value: string): string {
  return clip(printable(value), TEXT_LIMIT);
}

function statusOf(check: CheckResult, run: RunResult): readonly [status: PointStatus, message: string] {
  const cause = text(sentenceOf(check.reason ?? check.outcome));
  switch (standingOf(check)) {
    case 'failure':
      return ['failed', cause];
    case 'unexpected-pass':
      return ['failed', text(`holds, but is listed as an expected failure: ${check.expected_failure ?? ''}`)];
    case 'expected':
      return ['tolerated', text(`expected failure: ${check.expected_failure ?? ''}`)];
    case 'warning':
      return ['tolerated', `${check.level} that does not hold: ${cause}`];
    case 'none':
      break;
  }
  if (check.outcome === 'pass') return ['ok', ''];
  if (check.outcome === 'inconclusive') {
    const counts = run.exit_code !== 0 && check.level === 'MUST';
    return [counts ? 'error' : 'tolerated', `inconclusive: ${cause}`];
  }
  return ['skipped', text(`${check.outcome}: ${check.observed ?? cause}`)];
}

function checkDetails(check: CheckResult, rows: readonly Row[]): TestPoint['details'] {
  const facts: Readonly<Record<string, string | readonly string[] | null>> = {
    requirement: rowsOf(check, rows)
      .map((row) => `${row.id} ${row.text}`)
      .join(' · '),
    expected: check.expected,
    observed: check.observed,
    mend: mendingOf(check, rows).map(([where, how]) => `${where}: ${how}`),
    replay: check.replay,
    curl: check.curl,
    transcript: transcriptText(check, TRANSCRIPT_LINES),
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) => {
      if (value === null || value.length === 0) return [];
      return [[key, typeof value === 'string' ? text(value) : value.map(text)]];
    }),
  );
}

function checkPoint(check: CheckResult, suite: string, run: RunResult, rows: readonly Row[]): TestPoint {
  const [status, message] = statusOf(check, run);
  return {
    suite,
    name: text([...check.rows, check.id].join(' ')),
    status,
    message,
    details: status === 'ok' ? {} : checkDetails(check, rows),
    // The oracle judged all its invariants while the load ran, whose time is the run's.
    duration_ms: isOracleCheck(check) ? 0 : check.duration_ms,
  };
}

function budgetPoint({ threshold, state, value, limit, margin }: Budget, run: RunResult): TestPoint {
  const unknown = run.exit_code === 0 ? 'tolerated' : 'error';
  const unsaid = state === 'void' ? `${value}; ${margin}` : value;
  return {
    suite: 'budgets',
    name: text(threshold.expression),
    status: state === 'held' ? 'ok' : state === 'breached' ? 'failed' : unknown,
    message: state === 'held' ? '' : state === 'breached' ? `${value}, the limit is ${limit} (${margin})` : unsaid,
    details: {},
    duration_ms: 0,
  };
}

function runPoint(run: RunResult): TestPoint {
  const { word, sentence } = verdictOf(run);
  const red = run.exit_code !== 0;
  return {
    suite: 'run',
    name: 'the run as a whole',
    status: run.exit_code === 0 ? 'ok' : run.exit_code === 3 ? 'error' : 'failed',
    message: red ? text(`${word}: ${sentence}`) : '',
    details: red ? { exit_reasons: run.exit_reasons.map(text), rerun: text(rerunCommand(run)) } : {},
    duration_ms: run.duration_ms,
  };
}

export function testPoints(run: RunResult, rows: readonly Row[]): readonly TestPoint[] {
  const checks = bySection(run.checks).flatMap(({ section, checks: members }) =>
    members.map((check) => checkPoint(check, section ?? 'checks', run, rows)),
  );
  return [...checks, ...budgetsOf(run).map((budget) => budgetPoint(budget, run)), runPoint(run)];
}
