/**
 * Runs a prepared scenario: the load in its own process, the faults from here, and every record of both into the
 * measures, the triggers, the oracle and whoever else listens.
 */
import { runPlan } from '../../../chaos/run-plan.ts';
import { TriggerWatch } from '../../../chaos/triggers.ts';
import { waitFor } from '../../../chaos/wait.ts';
import { now } from '../../../harness/clock.ts';
import type { FaultRecord, HistoryRecord } from '../../../harness/history.ts';
import type { Oracle } from '../../../harness/oracle/oracle.ts';
import type { FaultResult } from '../../../harness/result.ts';
import type { Target } from '../../../harness/target.ts';
import { RECOVERY_TIMEOUT_MS } from '../../../harness/timeouts.ts';
import { breachedSoFar, type EarlyEnd } from '../../early-end.ts';
import type { ScenarioEvent } from '../../events.ts';
import { Measures, type MeasuresOptions } from '../../metrics/measures.ts';
import { QueueDepth, scrapeQueueDepth } from '../../metrics/queue-depth.ts';
import type { PreparedScenario } from '../../prepare.ts';
import { toldBreach } from '../../told.ts';
import { Intake } from './intake.ts';
import { LoadFailed, LoadProcess, type Started } from './load-process.ts';
import type { LoadHealth } from './protocol.ts';

const SAMPLE_INTERVAL_MS = 1_000;
/** Published after the last heal, so that the healed phase has a population. */
const HEALED_TAIL_MS = 1_500;
/** Publishing goes on so much longer than planned, at most, for faults that are still to come or under way. */
const EXTENSION_MS = RECOVERY_TIMEOUT_MS;
/** The load ends its streams, waits for its readers and reads once more, each bounded by what the target declares. */
const FINISH_ROUNDS = 5;

export interface LoadRun {
  readonly prepared: PreparedScenario;
  readonly oracle: Oracle;
  readonly measures: Omit<MeasuresOptions, 'began_ms'>;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ScenarioEvent) => void;
  readonly onHistory: (records: readonly HistoryRecord[]) => void;
}

export interface LoadOutcome {
  readonly began_ms: number;
  /** Of publishing and its end. */
  readonly duration_ms: number;
  /** From the first event that was due until nothing new was published. */
  readonly publishing_ms: number;
  readonly measures: Measures;
  readonly queue: QueueDepth;
  readonly faults: readonly FaultResult[];
  /** null when the load did not come to its end. */
  readonly health: LoadHealth | null;
  /** Streams whose last read did not come to its end, of how many. */
  readonly unread: { readonly streams: number; readonly of: number };
  readonly failure: LoadFailed | null;
  /** null when publishing went on to its planned end, or was interrupted. */
  readonly early: EarlyEnd | null;
}

export async function runLoad(run: LoadRun): Promise<LoadOutcome> {
  await using coordinator = new Coordinator(run);
  return await coordinator.outcome();
}

class Coordinator implements AsyncDisposable {
  readonly #run: LoadRun;
  readonly #watch: TriggerWatch;
  readonly #queue = new QueueDepth();
  readonly #intake: Intake;
  readonly #load: LoadProcess;
  /** The workload is over: no fault fires any more. */
  readonly #over = new AbortController();
  /** A threshold ends the run. */
  readonly #enough = new AbortController();
  #early: EarlyEnd | null = null;
  /** The run is over: nothing is sampled any more. */
  readonly #ended = new AbortController();
  #measures: Measures;
  #began_ms = now();
  /** null while publishing goes on. */
  #published_until_ms: number | null = null;
  #unread = 0;

  constructor(run: LoadRun) {
    this.#run = run;
    this.#watch = new TriggerWatch(run.prepared.target.hooks);
    this.#measures = new Measures({ ...run.measures, began_ms: this.#began_ms });
    this.#intake = new Intake((records) => {
      for (const record of records) {
        this.#measures.record(record);
        run.oracle.step(record);
      }
      run.onHistory(records);
    });
    this.#load = new LoadProcess({
      onStarted: (started) => {
        this.#onStarted(started);
      },
      onBatch: (batch) => {
        this.#measures.note(batch.notes);
        for (const record of batch.records) this.#watch.record(record);
        this.#intake.batch(batch);
      },
    });
  }

  async outcome(): Promise<LoadOutcome> {
    const { scenario, target, seed, duration_ms } = this.#run.prepared;
    const workload = scenario.workload;
    let health: LoadHealth | null = null;
    let failure: LoadFailed | null = null;
    let faulting: Promise<FaultResult[]> = Promise.resolve([]);
    let sampling: Promise<void> = Promise.resolve();
    try {
      this.#load.tell({ kind: 'begin', target: loadTarget(target), workload, seed, duration_ms });
      await this.#load.started();
      sampling = this.#sample();
      faulting = this.#faults();
      await Promise.race([this.#publishing(faulting), this.#load.done()]);
      this.#published_until_ms = now();
      this.#measures.publishingEnded();
      health = await this.#finish();
    } catch (error) {
      if (!(error instanceof LoadFailed)) throw error;
      failure = error;
    } finally {
      this.#published_until_ms ??= now();
      this.#over.abort();
      this.#ended.abort();
    }
    const faults = await faulting;
    await sampling;
    this.#intake.close();
    const began_ms = this.#began_ms;
    this.#measures.finish(failure === null && !this.#run.signal.aborted, now());
    return {
      began_ms,
      duration_ms: now() - began_ms,
      publishing_ms: this.#publishingMs(),
      measures: this.#measures,
      queue: this.#queue,
      health,
      unread: { streams: this.#unread, of: workload.streams },
      failure,
      early: this.#early,
      faults: faults.map(({ kind, target, at_ms, healed_ms, bit, evidence }) => ({
        kind,
        target,
        at_ms: at_ms - began_ms,
        healed_ms: healed_ms === null ? null : healed_ms - began_ms,
        bit,
        evidence,
      })),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#ended.abort();
    await this.#load[Symbol.asyncDispose]();
  }

  #onStarted({ streams, began_ms }: Started): void {
    this.#began_ms = began_ms;
    this.#measures = new Measures({ ...this.#run.measures, began_ms });
    streams.forEach((stream, index) => {
      this.#watch.label(`#${String(index + 1)}`, stream);
    });
  }

  #faults(): Promise<FaultResult[]> {
    const record = (entry: FaultRecord): void => {
      this.#watch.record(entry);
      this.#intake.own(entry);
      const { kind, fault, target, at_ms } = entry;
      this.#run.onEvent({ kind, fault, target, at_ms: at_ms - this.#began_ms });
    };
    const { signal, prepared } = this.#run;
    const { plan, target } = prepared;
    return runPlan(plan, {
      target,
      watch: this.#watch,
      history: {
        record: (entry) => {
          if (entry.kind === 'fault' || entry.kind === 'heal') record(entry);
        },
      },
      over: this.#over.signal,
      isStopped: () => [signal, this.#enough.signal, this.#ended.signal].some(({ aborted }) => aborted),
    });
  }

  /** Until the planned time has passed and every fault has healed for a while; cut short by who wants no more of it. */
  async #publishing(faulting: Promise<unknown>): Promise<void> {
    const { prepared } = this.#run;
    const ends = [this.#run.signal, this.#enough.signal];
    const healed = new AbortController();
    let healed_ms = 0;
    void faulting.then(() => {
      healed_ms = now();
      healed.abort();
    });
    const left_ms = this.#began_ms + prepared.duration_ms - now();
    await waitFor(left_ms, ends);
    await waitFor(EXTENSION_MS, [...ends, healed.signal]);
    await waitFor(healed_ms + HEALED_TAIL_MS - now(), ends);
    this.#over.abort();
    // A fault that came late is still under way.
    await faulting;
  }

  async #finish(): Promise<LoadHealth> {
    const { signal, prepared, onEvent } = this.#run;
    const stop = (): void => {
      this.#load.tell({ kind: 'stop' });
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    else {
      onEvent({ kind: 'judging' });
      this.#load.tell({ kind: 'finish' });
    }
    const hung = new AbortController();
    const { recovery_ms, request_ms } = prepared.target.times;
    const patience_ms = FINISH_ROUNDS * (recovery_ms + Math.max(request_ms, RECOVERY_TIMEOUT_MS));
    try {
      const done = await Promise.race([this.#load.done(), waitFor(patience_ms, [hung.signal])]);
      if (done === undefined)
        throw new LoadFailed('load-hung', `the load did not end within ${String(patience_ms)} ms`);
      this.#intake.close();
      for (const waiting of done.waiting) this.#measures.neverAttached(waiting);
      this.#unread = done.unread;
      return done.health;
    } finally {
      hung.abort();
      signal.removeEventListener('abort', stop);
    }
  }

  async #sample(): Promise<void> {
    const { prepared, onEvent } = this.#run;
    const { signal } = this.#ended;
    const isOver = (): boolean => signal.aborted;
    for (let count = 1; ; count += 1) {
      await waitFor(this.#began_ms + count * SAMPLE_INTERVAL_MS - now(), [signal]);
      if (isOver()) return;
      const own = this.#measures.queueDepth();
      this.#queue.sample('harness', own);
      const theirs = await scrapeQueueDepth(prepared.target, signal);
      if (theirs !== null) this.#queue.sample('target', theirs);
      const { counters, series } = this.#measures;
      onEvent({
        kind: 'progress',
        at_ms: now() - this.#began_ms,
        duration_ms: prepared.duration_ms,
        acknowledged: counters.published,
        delivered: counters.delivered,
        queue_depth: own,
        p95_ms: series.points.at(-1)?.p95_ms ?? null,
      });
      this.#endEarly();
    }
  }

  #publishingMs(): number {
    const { first_due_ms } = this.#measures;
    return first_due_ms === null ? 0 : Math.max(0, (this.#published_until_ms ?? now()) - first_due_ms);
  }

  #endEarly(): void {
    if (this.#over.signal.aborted) return;
    this.#early = breachedSoFar(this.#run.prepared.thresholds, {
      measures: this.#measures,
      queue: this.#queue,
      duration_ms: now() - this.#began_ms,
      publishing_ms: this.#publishingMs(),
    });
    if (this.#early === null) return;
    const { at_ms, threshold } = this.#early;
    this.#enough.abort();
    this.#run.onEvent({ kind: 'ending-early', at_ms, reason: toldBreach(threshold) });
  }
}

function loadTarget(target: Target) {
  const { url, dialect, accounts, headers, capabilities, times } = target;
  return { url: url.href, dialect: dialect.name, accounts, headers, capabilities: [...capabilities], times };
}
