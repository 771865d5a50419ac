/** Runs the matrix: subjects side by side, each against its checks, and sums up. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKS } from '../../conformance/index.ts';
import { isComplete, summaryLine, type MatrixSummary } from './judge.ts';
import { notRun, type SubjectVerdict } from './judge-subject.ts';
import { Lanes, type Lane } from './lanes.ts';
import type { Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

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

export interface SubjectRow extends SubjectVerdict {
  readonly name: string;
  readonly kind: Subject['kind'];
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

async function runSubject(subject: Subject, lane: Lane, attempts: 1 | 2, options: MatrixOptions): Promise<SubjectRow> {
  const began_ms = performance.now();
  const full = options.full(subject);
  const verdict = await lane
    .judge({ name: subject.name, full, seed: options.seed })
    .catch((error: unknown) => notRun(subject, error));
  const { name, kind, killed_by } = subject;
  return {
    name,
    kind,
    ...verdict,
    full: killed_by === null || full,
    attempts,
    duration_ms: performance.now() - began_ms,
  };
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
  const doubtful = new Map<Subject, SubjectRow>();
  await using lanes = new Lanes(Math.min(options.side_by_side, options.subjects.length), options.signal);
  const run = async (subject: Subject, lane: Lane): Promise<void> => {
    if (options.signal.aborted) return;
    const row = await runSubject(subject, lane, 1, options);
    if (troubleOf(row).length === 0) {
      finish(subject, row);
      return;
    }
    doubtful.set(subject, row);
    options.onDoubt(row);
  };
  // Who meets every check keeps a machine busy: one of them at a time, beside those that mostly wait.
  const busy = options.subjects.filter(({ killed_by }) => killed_by === null);
  const queue = options.subjects.filter(({ killed_by }) => killed_by !== null).values();
  await Promise.all(
    lanes.all.map(async (lane) => {
      if (lane === lanes.all[0]) for (const subject of busy) await run(subject, lane);
      for (const subject of queue) await run(subject, lane);
    }),
  );
  const [alone] = lanes.all;
  for (const [subject, first] of doubtful) {
    const again = alone !== undefined && !options.signal.aborted;
    finish(subject, again ? await runSubject(subject, alone, 2, options) : first);
  }
  return summarise(
    options.subjects,
    options.subjects.flatMap((subject) => rows.get(subject) ?? []),
    performance.now() - began_ms,
  );
}

/** `subjects`: those that were to run, of which an interruption may have left some without a row. */
export function summarise(
  subjects: readonly Pick<Subject, 'kind' | 'killed_by'>[],
  rows: readonly SubjectRow[],
  duration_ms: number,
): Matrix {
  const mutants = rows.filter((row) => row.verdict !== null);
  const killers = new Set(mutants.filter((row) => row.verdict?.killed).map((row) => row.verdict?.killed_by));
  const neutrals = rows.filter((row) => row.kind === 'neutral');
  const clean = rows.filter((row) => row.kind === 'clean');
  const summary: MatrixSummary = {
    killed: mutants.filter((row) => troubleOf(row).length === 0).length,
    mutants: subjects.filter(({ killed_by }) => killed_by !== null).length,
    checks_with_killer: CHECKS.filter((check) => killers.has(check.id)).length,
    checks: CHECKS.length,
    neutral_green: neutrals.filter((row) => row.blamed.length === 0).length,
    neutrals: subjects.filter(({ kind }) => kind === 'neutral').length,
    clean_failures: clean.reduce((sum, row) => sum + row.blamed.length, 0),
  };
  const complete = rows.length === SUBJECTS.length && isComplete(summary);
  return { rows, summary, complete, line: summaryLine(summary), duration_ms };
}

export async function writeMatrix(matrix: Matrix, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'kill-matrix.json');
  await writeFile(path, `${JSON.stringify({ schema: 'streamproof.kill-matrix/1', ...matrix }, null, 2)}\n`);
  return path;
}
