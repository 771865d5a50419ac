/** One subject against its checks, from its boot to the verdict. */
import { sectionOf } from '../../spec/row.ts';
import { CHECKS } from '../../conformance/index.ts';
import type { CheckResult } from '../../harness/result.ts';
import type { Selection } from '../../harness/runner/selection.ts';
import { judgeTarget } from '../judge-target.ts';
import { judgeMutant, type MutantVerdict } from './judge.ts';
import type { Subject } from './subject.ts';

export interface SubjectVerdict {
  /** Null of a subject that must be green. */
  readonly verdict: MutantVerdict | null;
  /** Of a subject that must be green: what was not, with its reason. */
  readonly blamed: readonly { readonly check: string; readonly reason: string }[];
}

export interface JudgeSubjectOptions {
  /** Every check; else, of a mutant, its named check and that check's section. */
  readonly full: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
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
function blame(results: readonly CheckResult[]): SubjectVerdict['blamed'] {
  return results
    .filter((result) => result.outcome === 'fail' || result.outcome === 'inconclusive')
    .map((result) => ({
      check: result.id,
      reason: `${result.outcome}: ${result.reason ?? '?'}: ${result.observed ?? ''}`,
    }));
}

async function runBooted(subject: Subject, { full, seed, signal }: JudgeSubjectOptions): Promise<SubjectVerdict> {
  await using booted = await subject.boot(seed);
  const { checks } = await judgeTarget({
    target: booted.target,
    selection: selectionFor(subject, full),
    seed,
    command: 'streamproof conform --self',
    signal,
  });
  const { mutant } = booted;
  return mutant === null
    ? { verdict: null, blamed: blame(checks) }
    : { verdict: judgeMutant(mutant, checks), blamed: [] };
}

/** A subject that cannot even be run is trouble of its own, not the end of the matrix. */
export function notRun({ name, killed_by }: Subject, error: unknown): SubjectVerdict {
  const problem = `it could not be run: ${error instanceof Error ? error.message : String(error)}`;
  if (killed_by === null) return { verdict: null, blamed: [{ check: '', reason: problem }] };
  const nothing = { reason: null, observed: null, failed: [], surprises: [] };
  return { verdict: { mutant: name, killed_by, killed: false, problem, ...nothing }, blamed: [] };
}

/** Never rejects. */
export function judgeSubject(subject: Subject, options: JudgeSubjectOptions): Promise<SubjectVerdict> {
  return runBooted(subject, options).catch((error: unknown) => notRun(subject, error));
}
