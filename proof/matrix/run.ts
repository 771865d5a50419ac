/** Runs the matrix: subjects side by side, each against its checks, and sums up. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sectionOf } from '../../spec/row.ts';
import { CHECKS } from '../../conformance/index.ts';
import { sideBySide } from '../../harness/runner/schedule.ts';
import type { Selection } from '../../harness/runner/selection.ts';
import type { CheckResult } from '../../harness/result.ts';
import { judgeTarget } from '../judge-target.ts';
import { isComplete, judgeMutant, summaryLine, type MatrixSummary, type MutantVerdict } from './judge.ts';
import type { Subject } from './subject.ts';

export interface MatrixOptions {
  readonly subjects: readonly Subject[];
  /** Whether a mutant meets every check; else its named check and that check's section. */
  readonly full: (subject: Subject) => boolean;
  readonly seed: number;
  readonly side_by_side: number;
  readonly signal: AbortSignal;
  readonly onSubject: (row: SubjectRow, done: number, total: number) => void;
  /** A subject did not look right beside others and is run again alone. */
  readonly onDoubt: (row: SubjectRow) => void;
}

export interface SubjectRow {
  readonly name: string;
  readonly kind: Subject['kind'];
  readonly verdict: MutantVerdict | null;
  /** Of a subject that must be green: what was not, with its reason. */
  readonly blamed: readonly { readonly check: string; readonly reason: string }[];
  /** It met every check. */
  readonly full: boolean;
  /** 2: it was run again alone, and that run counts. */
  readonly attempts: 1 | 2;
  readonly duration_ms: number;
}

export interface Matrix {
  readonly rows: readonly SubjectRow[];
  readonly summary: MatrixSummary;
  readonly complete: boolean;
  readonly line: string;
  readonly duration_ms: number;
}

/** Its 2,000 connections take as long as the rest of its section: there, only who is named by it meets it. */
const STORM = 'reconnect-storm';

/** Checks a subject meets. */
function selectionFor(subject: Subject, full: boolean): Selection {
  const named = CHECKS.find((check) => check.id === subject.killed_by);
  if (full || named === undefined) return { only: [], skip: [] };
  const only = [...new Set([named.id, ...named.rows.map(sectionOf)])];
  return { only, skip: named.id === STORM ? [] : [STORM] };
}

/** A subject that must be green is blamed by what failed, and by what could not be observed where it must be. */
function blame(results: readonly CheckResult[]): SubjectRow['blamed'] {
  return results
    .filter((result) => result.outcome === 'fail' || result.outcome === 'inconclusive')
    .map((result) => ({
      check: result.id,
      reason: `${result.outcome}: ${result.reason ?? '?'}: ${result.observed ?? ''}`,
    }));
}

type Verdict = Pick<SubjectRow, 'verdict' | 'blamed'>;

async function runBooted(subject: Subject, options: MatrixOptions): Promise<Verdict> {
  await using booted = await subject.boot(options.seed);
  const selection = selectionFor(subject, options.full(subject));
  const { checks } = await judgeTarget({
    target: booted.target,
    selection,
    seed: options.seed,
    command: 'streamproof conform --self',
    signal: options.signal,
  });
  const { mutant } = booted;
  return mutant === null
    ? { verdict: null, blamed: blame(checks) }
    : { verdict: judgeMutant(mutant, checks), blamed: [] };
}

/** A subject that cannot even be run is trouble of its own, not the end of the matrix. */
function notRun({ name, killed_by }: Subject, error: unknown): Verdict {
  const problem = `it could not be run: ${error instanceof Error ? error.message : String(error)}`;
  if (killed_by === null) return { verdict: null, blamed: [{ check: '', reason: problem }] };
  const nothing = { reason: null, observed: null, failed: [], surprises: [] };
  return { verdict: { mutant: name, killed_by, killed: false, problem, ...nothing }, blamed: [] };
}

async function runSubject(subject: Subject, attempts: 1 | 2, options: MatrixOptions): Promise<SubjectRow> {
  const began_ms = performance.now();
  const verdict = await runBooted(subject, options).catch((error: unknown) => notRun(subject, error));
  const { name, kind, killed_by } = subject;
  const full = killed_by === null || options.full(subject);
  return { name, kind, ...verdict, full, attempts, duration_ms: performance.now() - began_ms };
}

/** What is wrong with a row; empty when it is as it must be. */
export function troubleOf(row: SubjectRow): readonly string[] {
  if (row.verdict === null) return row.blamed.map(({ check, reason }) => `${check} ${reason}`);
  const { problem, surprises } = row.verdict;
  return [...(problem === null ? [] : [problem]), ...surprises.map((check) => `${check} failed and is not declared`)];
}

/**
 * A machine that runs subjects side by side can make a timing check late. So what looks wrong is run once more alone,
 * and that run counts.
 */
export async function runMatrix(options: MatrixOptions): Promise<Matrix> {
  const began_ms = performance.now();
  const rows = new Map<Subject, SubjectRow>();
  const finish = (subject: Subject, row: SubjectRow): void => {
    rows.set(subject, row);
    options.onSubject(row, rows.size, options.subjects.length);
  };
  const doubtful: Subject[] = [];
  await sideBySide(options.subjects, options.side_by_side, async (subject) => {
    if (options.signal.aborted) return;
    const row = await runSubject(subject, 1, options);
    if (troubleOf(row).length === 0) {
      finish(subject, row);
      return;
    }
    doubtful.push(subject);
    options.onDoubt(row);
  });
  for (const subject of options.signal.aborted ? [] : doubtful) finish(subject, await runSubject(subject, 2, options));
  return summarise(
    options.subjects.flatMap((subject) => rows.get(subject) ?? []),
    performance.now() - began_ms,
  );
}

export function summarise(rows: readonly SubjectRow[], duration_ms: number): Matrix {
  const mutants = rows.filter((row) => row.verdict !== null);
  const killers = new Set(mutants.filter((row) => row.verdict?.killed).map((row) => row.verdict?.killed_by));
  const neutrals = rows.filter((row) => row.kind === 'neutral');
  const clean = rows.filter((row) => row.kind === 'clean');
  const summary: MatrixSummary = {
    killed: mutants.filter((row) => troubleOf(row).length === 0).length,
    mutants: mutants.length,
    checks_with_killer: CHECKS.filter((check) => killers.has(check.id)).length,
    checks: CHECKS.length,
    neutral_green: neutrals.filter((row) => row.blamed.length === 0).length,
    neutrals: neutrals.length,
    clean_failures: clean.reduce((sum, row) => sum + row.blamed.length, 0),
  };
  return { rows, summary, complete: isComplete(summary), line: summaryLine(summary), duration_ms };
}

export async function writeMatrix(matrix: Matrix, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'kill-matrix.json');
  await writeFile(path, `${JSON.stringify({ schema: 'streamproof.kill-matrix/1', ...matrix }, null, 2)}\n`);
  return path;
}
