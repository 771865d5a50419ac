/** One subject against its checks, from its boot to the verdict. */
import { CHECKS } from '../../conformance/index.ts';
import type { Check } from '../../harness/check.ts';
import type { CheckResult } from '../../harness/result.ts';
import { missingNeed } from '../../harness/runner/needs.ts';
import type { Selection } from '../../harness/runner/selection.ts';
import type { Target } from '../../harness/target.ts';
import { sectionOf } from '../../spec/row.ts';
import { ROWS } from '../../spec/rows/index.ts';
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

const BY_ID = new Map(ROWS.map((row) => [row.id, row]));
/** Subjects run on this machine. */
const PERMISSION = { remote_faults: false };
const idOf = ({ id }: Check): string => id;

/** Checks a subject meets. */
function selectionFor(subject: Subject, full: boolean): Selection {
  const named = CHECKS.find((check) => check.id === subject.killed_by);
  if (full || named === undefined) return { only: [], skip: [] };
  const only = [...new Set([named.id, ...named.rows.map(sectionOf)])];
  return { only, skip: named.id === STORM ? [] : [STORM] };
}

/** A subject that must be green is blamed by whatever did not pass although the target has all that it needs. */
export function blame(results: readonly CheckResult[], target: Target): SubjectVerdict['blamed'] {
  const unable = new Set(CHECKS.filter((check) => missingNeed(check, target, BY_ID, PERMISSION) !== null).map(idOf));
  return results
    .filter(({ id, outcome }) => outcome !== 'pass' && !unable.has(id))
    .map(({ id, outcome, reason, observed }) => ({
      check: id,
      reason: `${outcome}: ${reason ?? '?'}: ${observed ?? ''}`,
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
  const { mutant, target } = booted;
  const flaw = booted.flaw();
  if (flaw !== null) return unproved(subject, flaw);
  return mutant === null
    ? { verdict: null, blamed: blame(checks, target) }
    : { verdict: judgeMutant(mutant, checks), blamed: [] };
}

/** A subject that cannot even be run is trouble of its own, not the end of the matrix. */
export function notRun(subject: Subject, error: unknown): SubjectVerdict {
  return unproved(subject, `it could not be run: ${error instanceof Error ? error.message : String(error)}`);
}

function unproved({ name, killed_by }: Subject, problem: string): SubjectVerdict {
  if (killed_by === null) return { verdict: null, blamed: [{ check: '', reason: problem }] };
  const nothing = { reason: null, observed: null, failed: [], surprises: [] };
  return { verdict: { mutant: name, killed_by, killed: false, problem, ...nothing }, blamed: [] };
}

/** Never rejects. */
export function judgeSubject(subject: Subject, options: JudgeSubjectOptions): Promise<SubjectVerdict> {
  return runBooted(subject, options).catch((error: unknown) => notRun(subject, error));
}
