/** Runs one check once and turns what happened into its result. */
import { setMaxListeners } from 'node:events';
import { Random } from '../../spec/random.ts';
import type { Level, Row } from '../../spec/row.ts';
import { Unmet, Violation, type Check } from '../check.ts';
import type { Transcriber } from '../client/transcriber.ts';
import { now } from '../clock.ts';
import { HookError } from '../config/hooks.ts';
import type { HistoryRecord } from '../history.ts';
import { costsOf } from '../lab/allowance.ts';
import { CheckLab, type LabOptions } from '../lab/check-lab.ts';
import type { CheckResult, FaultResult, Outcome } from '../result.ts';
import { CHECK_TIMEOUT_MS } from '../timeouts.ts';

export interface CheckRun {
  readonly result: CheckResult;
  readonly history: readonly HistoryRecord[];
  readonly faults: readonly FaultResult[];
}

export interface CheckContext extends Omit<LabOptions, 'random' | 'signal' | 'costs' | 'judges_429'> {
  readonly rows: readonly Row[];
  readonly seed: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  readonly transcribe: Transcriber;
  /** Whether a check that passes has its transcript too. */
  readonly transcripts: 'failures' | 'all';
}

/** Reasons of `Unmet` that say the target lacks something, rather than that setting up failed. */
const LACKING = new Set([
  'history-too-short',
  'limit-out-of-reach',
  'no-account',
  'no-hook',
  'no-instance',
  'no-limit',
  'no-metric',
  'no-origin',
  'no-plain-http',
  'no-second-key',
  'safety-max-streams',
]);

interface Verdict extends Pick<CheckResult, 'outcome' | 'reason' | 'expected' | 'observed'> {
  readonly violation: Violation | null;
}

/** The highest of its rows' levels. */
function levelOf(rows: readonly Pick<Row, 'level'>[]): Level {
  const levels = rows.map((row) => row.level);
  return levels.includes('MUST') ? 'MUST' : levels.includes('SHOULD') ? 'SHOULD' : 'MAY';
}

/** A result that came without running the check. */
export function unrun(
  check: Check,
  rows: readonly Row[],
  outcome: Outcome,
  reason: string,
  observed: string,
): CheckResult {
  return {
    id: check.id,
    rows: check.rows,
    level: levelOf(rows),
    outcome,
    reason,
    expected: null,
    observed,
    evidence: {},
    transcript: [],
    waterfall: [],
    reference_transcript: null,
    replay: null,
    curl: null,
    expected_failure: null,
    duration_ms: 0,
    repeats: null,
  };
}

/** Never throws. The check's own time is bounded; its cleanup has a bound of its own. */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckRun> {
  const controller = new AbortController();
  // Each open exchange of the check listens, as many as its costs allow: not the leak that a default of ten warns of.
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    controller.abort(new Unmet('interrupted', 'the run was interrupted'));
  };
  context.signal.addEventListener('abort', stop, { once: true });
  if (context.signal.aborted) stop();
  const { timeout_ms: bound = CHECK_TIMEOUT_MS } = check;
  const timeout_ms = typeof bound === 'number' ? bound : bound(context.target);
  const timer = setTimeout(() => {
    controller.abort(new Unmet('check-timeout', `the check did not end within ${String(timeout_ms)} ms`));
  }, timeout_ms);
  const lab = new CheckLab({
    ...context,
    random: new Random(context.seed).fork(check.id),
    signal: controller.signal,
    costs: costsOf(check),
    judges_429: check.judges_429 === true,
  });
  const verdict = await verdictOf(check, lab, controller.signal);
  clearTimeout(timer);
  context.signal.removeEventListener('abort', stop);
  const ended_ms = now();
  // Whatever still runs of the check must not touch the target while it is cleaned up.
  controller.abort(new Unmet('check-ended', 'the check has ended'));
  await lab.close();
  const { transcribe } = context;
  return {
    result: resultOf(check, verdict, lab, context, ended_ms),
    history: lab.history,
    faults: lab.faults.map((fault) => ({ ...fault, evidence: transcribe.text(fault.evidence) })),
  };
}

async function verdictOf(check: Check, lab: CheckLab, signal: AbortSignal): Promise<Verdict> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  // It loses the race as a rule and is aborted when the check has ended.
  aborted.catch(() => undefined);
  try {
    await Promise.race([check.run(lab), aborted]);
  } catch (error) {
    return verdictFrom(error, signal);
  }
  if (lab.violation !== null) return verdictFrom(lab.violation, signal);
  if (lab.observations === 0) {
    return inconclusive('observed-nothing', 'the check ended without stating a single fact about the target');
  }
  return { outcome: 'pass', reason: null, expected: null, observed: null, violation: null };
}

function verdictFrom(error: unknown, signal: AbortSignal): Verdict {
  if (error instanceof Violation) {
    const { reason, expected, observed } = error.details;
    return { outcome: 'fail', reason, expected, observed, violation: error };
  }
  // An operation that was cut short throws whatever it throws; why it was cut short is the cause.
  const cause = signal.aborted ? (signal.reason as unknown) : error;
  if (cause instanceof Unmet) {
    const outcome = LACKING.has(cause.reason) ? 'not-observed' : 'inconclusive';
    return { ...inconclusive(cause.reason, cause.message), outcome };
  }
  if (cause instanceof HookError) return inconclusive('hook-failed', cause.message);
  return inconclusive('harness-error', cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
}

function inconclusive(reason: string, observed: string): Verdict {
  return { outcome: 'inconclusive', reason, expected: null, observed, violation: null };
}

function resultOf(
  check: Check,
  verdict: Verdict,
  lab: CheckLab,
  { rows, transcribe, transcripts }: CheckContext,
  ended_ms: number,
): CheckResult {
  const details = verdict.violation?.details;
  const told = verdict.outcome !== 'pass' || transcripts === 'all';
  // Before any text is written: what is quoted from one exchange may be a secret that another one shows to be one.
  if (told) transcribe.learn(lab.exchanges);
  const shownText = (text: string | null): string | null => (text === null ? null : transcribe.text(text));
  const cited = details?.exchanges;
  const inOrder = lab.exchanges.toSorted((left, right) => left.number - right.number);
  const shown = cited === undefined ? inOrder : inOrder.filter((exchange) => cited.includes(exchange.number));
  const transcript = told ? transcribe.lines(shown, lab.notes, lab.began_ms) : [];
  const [single] = shown;
  return {
    ...unrun(check, rows, verdict.outcome, '', ''),
    reason: shownText(verdict.reason),
    expected: shownText(verdict.expected),
    observed: shownText(verdict.observed),
    evidence: transcribe.members(details?.evidence ?? {}),
    transcript,
    waterfall: (details?.waterfall ?? []).map(({ lane, ...mark }) => ({
      ...mark,
      lane: transcribe.text(lane),
      at_ms: mark.at_ms - lab.began_ms,
    })),
    curl: verdict.outcome === 'fail' && shown.length === 1 && single !== undefined ? transcribe.curl(single) : null,
    duration_ms: Math.max(0, ended_ms - lab.began_ms),
  };
}
