/** The one runner of checks: selects, decides what can be observed, schedules by isolation, and sums up. Never prints. */
import { setMaxListeners } from 'node:events';
import type { Row } from '../../spec/row.ts';
import type { Check } from '../check.ts';
import { createTranscriber } from '../client/transcriber.ts';
import { now } from '../clock.ts';
import type { HistoryRecord } from '../history.ts';
import { streamQuota } from '../lab/allowance.ts';
import { RateGate } from '../lab/rate-gate.ts';
import { RESULT_SCHEMA, type CheckResult, type FaultResult, type Manifest, type RunResult } from '../result.ts';
import type { Target } from '../target.ts';
import { RECOVERY_TIMEOUT_MS } from '../timeouts.ts';
import { settleAlternatives } from './alternatives.ts';
import { announce, type Announcement } from './announcement.ts';
import { causesOf, coverageOf, exitOf, headlineOf, summaryOf } from './exit.ts';
import type { ExpectedFailures } from './expected-failures.ts';
import { tolerateLeftBehind } from './left-behind.ts';
import { applicableRows, missingNeed, type Permission } from './needs.ts';
import { waitReachable, waitRecovered } from './reachability.ts';
import { mergeRepeats } from './repeats.ts';
import { runCheck, unrun, type CheckContext } from './run-check.ts';
import { PHASES, runPhase } from './schedule.ts';
import { matching, select, type Selection } from './selection.ts';
import { canBeAsked, missingLife } from './vital-sign.ts';

/** What happens during a run, for whoever shows it. */
export type RunEvent =
  | { readonly kind: 'waiting'; readonly url: URL; readonly within_ms: number }
  | { readonly kind: 'announced'; readonly announcement: Announcement }
  | { readonly kind: 'started'; readonly check: Check; readonly done: number; readonly total: number }
  | { readonly kind: 'finished'; readonly result: CheckResult; readonly done: number; readonly total: number };

export interface RunOptions {
  readonly target: Target;
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
  readonly selection: Selection;
  readonly permission: Permission;
  readonly seed: number;
  /** Each check runs so often; 1 as a rule. */
  readonly repeat: number;
  /** Stop after the first failure that is not expected. */
  readonly bail: boolean;
  /** SHOULD rows count as MUST. */
  readonly strict: boolean;
  /** Patterns: what they match must be observed. */
  readonly require: readonly string[];
  readonly expected_failures: ExpectedFailures;
  /** How long to wait for the target to answer at all. */
  readonly wait_ms: number;
  /** After a disruptive check: until every instance is ready again. Default: what the target declares, or longer. */
  readonly recovery_ms?: number;
  readonly signal: AbortSignal;
  /** Which results carry what went over the wire; default `failures`: those that did not pass. */
  readonly transcripts?: 'failures' | 'all';
  /** The command line that replays one check of this run. */
  readonly replay: (check_id: string) => string;
  readonly manifest: Manifest;
  readonly onEvent?: (event: RunEvent) => void;
  /** The records of one run of a check, once it has ended. */
  readonly onHistory?: (check_id: string, records: readonly HistoryRecord[]) => void;
}

/**
 * Runs the selected checks. What the target does never makes it reject.
 * @throws UsageError for an unknown pattern or an empty selection, before the target is touched.
 */
export async function runChecks(options: RunOptions): Promise<RunResult> {
  const selected = select(options.checks, options.rows, options.selection);
  const required = matching(options.require, options.checks, options.rows, '--require');
  const run = new Run(options, selected);
  const results = await run.results();
  return summarise(options, results, new Set([...required].map((check) => check.id)), run);
}

interface Halt {
  readonly reason: string;
  readonly message: string;
}

class Run {
  readonly began_ms = now();
  readonly faults: FaultResult[] = [];
  readonly #options: RunOptions;
  readonly #selected: readonly Check[];
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #results = new Map<Check, CheckResult>();
  /** Why no further check may run; null while they may. */
  #halted: Halt | null = null;

  constructor(options: RunOptions, selected: readonly Check[]) {
    this.#options = { ...options, signal: signalOf(options.signal) };
    this.#selected = selected;
    this.#rows = new Map(options.rows.map((row) => [row.id, row]));
  }

  /** One for each selected check, in their order. */
  async results(): Promise<CheckResult[]> {
    tolerateLeftBehind();
    const runnable = this.#settleNeeds();
    const { signal, onEvent, repeat, target } = this.#options;
    const onAbort = (): void => {
      this.#halted ??= { reason: 'interrupted', message: 'the run was interrupted' };
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    if (runnable.length > 0) {
      onEvent?.({ kind: 'announced', announcement: announce(runnable, repeat, target.safety.max_streams) });
      await this.#reach();
    }
    const context = this.#context();
    if (runnable.length > 0) await this.#lookForLife(context);
    for (const isolation of PHASES) {
      const phase = runnable.filter((check) => check.isolation === isolation);
      await runPhase(phase, isolation, async (check) => {
        await this.#run(check, context);
        if (isolation === 'disruptive') await this.#recover(check);
      });
    }
    signal.removeEventListener('abort', onAbort);
    return settleAlternatives(
      this.#selected.flatMap((check) => this.#results.get(check) ?? []),
      this.#rows,
    );
  }

  /** Gives those that cannot run their result; returns the others. */
  #settleNeeds(): Check[] {
    const { target, permission } = this.#options;
    return this.#selected.filter((check) => {
      const missing = missingNeed(check, target, this.#rows, permission);
      if (missing !== null) {
        this.#finish(check, unrun(check, this.#levels(check), missing.outcome, missing.reason, missing.message));
      }
      return missing === null;
    });
  }

  async #reach(): Promise<void> {
    const { target, wait_ms, signal, onEvent } = this.#options;
    onEvent?.({ kind: 'waiting', url: target.url, within_ms: wait_ms });
    const reached = await waitReachable(target, wait_ms, signal).catch(() => false);
    if (reached) return;
    const message = `${target.url.href} did not answer within ${String(wait_ms)} ms`;
    this.#halted ??= { reason: 'unreachable', message };
  }

  /** Nothing that a server without memory says of itself is worth a verdict. */
  async #lookForLife(context: Omit<CheckContext, 'rows'>): Promise<void> {
    const { target, wait_ms } = this.#options;
    if (this.#halt() !== null || !canBeAsked(target)) return;
    const missing = await missingLife(context, wait_ms);
    if (missing !== null) {
      this.#halted ??= { reason: 'no-vital-sign', message: `there is no service to judge: ${missing}` };
    }
  }

  async #run(check: Check, context: Omit<CheckContext, 'rows'>): Promise<void> {
    const { onEvent, onHistory, repeat, bail, seed, replay } = this.#options;
    const rows = this.#levels(check);
    const halt = this.#halt();
    if (halt !== null) {
      this.#finish(check, unrun(check, rows, 'inconclusive', halt.reason, halt.message));
      return;
    }
    onEvent?.({ kind: 'started', check, done: this.#results.size, total: this.#selected.length });
    const runs: CheckResult[] = [];
    for (let index = 0; index < repeat && this.#halt() === null; index += 1) {
      const { result, history, faults } = await runCheck(check, { ...context, seed, rows });
      runs.push(result);
      this.faults.push(...faults);
      onHistory?.(check.id, history);
      if (check.isolation === 'disruptive' && index + 1 < repeat) await this.#recover(check);
    }
    const merged = mergeRepeats(runs, repeat);
    const failed = merged.outcome === 'fail';
    const result = { ...merged, replay: failed || merged.outcome === 'inconclusive' ? replay(check.id) : null };
    this.#finish(check, result);
    if (bail && failed && !this.#options.expected_failures.has(check.id)) {
      this.#halted ??= { reason: 'bailed', message: `not run: --bail after ${check.id} failed` };
    }
  }

  async #recover(check: Check): Promise<void> {
    const { target, signal, recovery_ms } = this.#options;
    if (this.#halt() !== null) return;
    const within_ms = recovery_ms ?? Math.max(target.times.recovery_ms, RECOVERY_TIMEOUT_MS);
    const recovered = await waitRecovered(target, within_ms, signal).catch(() => false);
    if (recovered) return;
    this.#halted ??= {
      reason: 'target-not-recovered',
      message: `the target was not ready again within ${String(within_ms)} ms after ${check.id}`,
    };
  }

  /** A look at a field that changes while we wait. */
  #halt(): Halt | null {
    return this.#halted;
  }

  #finish(check: Check, result: CheckResult): void {
    const { expected_failures, onEvent } = this.#options;
    const named = { ...result, expected_failure: expected_failures.get(check.id) ?? null };
    this.#results.set(check, named);
    onEvent?.({ kind: 'finished', result: named, done: this.#results.size, total: this.#selected.length });
  }

  /** The rows that decide its level: those that are a demand here, or all where none is. */
  #levels(check: Check): readonly Row[] {
    const applicable = applicableRows(check, this.#options.target, this.#rows);
    return applicable.length > 0 ? applicable : check.rows.flatMap((id) => this.#rows.get(id) ?? []);
  }

  #context(): Omit<CheckContext, 'rows'> {
    const { target, signal, seed, transcripts = 'failures' } = this.#options;
    const transcribe = createTranscriber(target);
    const quota = streamQuota(target.safety.max_streams);
    return { target, signal, transcribe, transcripts, seed, quota, gate: new RateGate(target.safety.max_rps) };
  }
}

/** A signal of this run alone: all its checks listen to it, and several runs may share the caller's. */
function signalOf(caller: AbortSignal): AbortSignal {
  const signal = AbortSignal.any([caller]);
  setMaxListeners(0, signal);
  return signal;
}

/** What a strict run makes of a SHOULD, for its exit code and for every report. */
function asMust(result: CheckResult): CheckResult {
  return result.level === 'SHOULD' ? { ...result, level: 'MUST' } : result;
}

function summarise(
  options: RunOptions,
  found: readonly CheckResult[],
  required: ReadonlySet<string>,
  run: Run,
): RunResult {
  const { rows, target, strict, manifest, signal, selection } = options;
  const results = strict ? found.map(asMust) : found;
  const narrowed = selection.only.length > 0 || selection.skip.length > 0;
  const cited = new Set(results.flatMap((result) => result.rows));
  const scope = narrowed ? rows.filter((row) => cited.has(row.id)) : rows;
  const verdict = {
    ...exitOf(causesOf(results, required), signal.aborted),
    coverage: coverageOf(scope, results, target),
    summary: summaryOf(results),
  };
  return {
    schema: RESULT_SCHEMA,
    manifest,
    duration_ms: now() - run.began_ms,
    ...verdict,
    headline: headlineOf(verdict),
    checks: results,
    metrics: {},
    thresholds: [],
    faults: run.faults,
    load: null,
    beside: null,
  };
}
