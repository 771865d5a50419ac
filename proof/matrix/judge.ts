/** What a run of checks says of a mutant: pure, so that the matrix itself can be tested. */
import type { CheckResult } from '../../harness/result.ts';
import type { Mutant } from '../mutant.ts';

/** A mutant that turns more checks red than this is too broad to prove anything but its named one. */
export const BROAD = 10;

export interface MutantVerdict {
  readonly mutant: string;
  readonly killed_by: string;
  readonly killed: boolean;
  /** Why it was not killed by name for the right reason; null when it was. */
  readonly problem: string | null;
  /** What the named check said, for the reader of the matrix; null when it did not fail. */
  readonly reason: string | null;
  readonly observed: string | null;
  /** Every check that failed. */
  readonly failed: readonly string[];
  /** Failed although neither named nor declared, and the mutant is not broad. */
  readonly surprises: readonly string[];
}

export function judgeMutant(mutant: Mutant, results: readonly CheckResult[]): MutantVerdict {
  const failed = results.filter((result) => result.outcome === 'fail').map((result) => result.id);
  const declared = new Set([mutant.killed_by, ...(mutant.also ?? [])]);
  const surprises = failed.length > BROAD ? [] : failed.filter((id) => !declared.has(id));
  const problem = problemOf(mutant, results);
  const named = results.find(({ id, outcome }) => id === mutant.killed_by && outcome === 'fail');
  return {
    mutant: mutant.name,
    killed_by: mutant.killed_by,
    killed: problem === null,
    problem,
    reason: named?.reason ?? null,
    observed: named?.observed ?? null,
    failed,
    surprises,
  };
}

function problemOf(mutant: Mutant, results: readonly CheckResult[]): string | null {
  const named = results.find((result) => result.id === mutant.killed_by);
  if (named === undefined) return `${mutant.killed_by} did not run`;
  if (named.outcome !== 'fail') {
    return `${mutant.killed_by} was ${named.outcome}${named.reason === null ? '' : ` (${named.reason})`}`;
  }
  if (!mutant.witness(named)) {
    return `${mutant.killed_by} failed for another reason: ${named.reason ?? '?'}, ${named.observed ?? '?'}`;
  }
  return null;
}

export interface MatrixSummary {
  readonly killed: number;
  readonly mutants: number;
  readonly checks_with_killer: number;
  readonly checks: number;
  readonly neutral_green: number;
  readonly neutrals: number;
  readonly clean_failures: number;
}

/** The matrix is complete: nothing survived, nothing unproved, nobody blamed. */
export function isComplete(summary: MatrixSummary): boolean {
  return (
    summary.mutants > 0 &&
    summary.killed === summary.mutants &&
    summary.checks_with_killer === summary.checks &&
    summary.neutral_green === summary.neutrals &&
    summary.clean_failures === 0
  );
}

export function summaryLine(summary: MatrixSummary): string {
  return (
    `kill matrix: ${summary.killed}/${summary.mutants} killed by name, ` +
    `${summary.checks_with_killer}/${summary.checks} checks have a killer, ` +
    `${summary.neutral_green}/${summary.neutrals} neutral green, ${summary.clean_failures} clean failures`
  );
}
