/** One scenario against one target, from reachability to result.json. Prints nothing. */
import { createTranscriber } from '../harness/client/transcriber.ts';
import { createOracle } from '../harness/oracle/oracle.ts';
import type { HistoryRecord } from '../harness/history.ts';
import { coverageOf, exitOf, summaryOf, verdictWord } from '../harness/runner/exit.ts';
import { waitReachable } from '../harness/runner/reachability.ts';
import { RESULT_SCHEMA, type LoadResult, type Manifest, type RunResult } from '../harness/result.ts';
import type { Target } from '../harness/target.ts';
import { WAIT_TIMEOUT_MS } from '../harness/timeouts.ts';
import { ROWS } from '../spec/rows/index.ts';
import type { JsonValue } from '../spec/wire.ts';
import { runLoad, type LoadOutcome } from './engines/node/coordinator.ts';
import { withEarlyEnd } from './early-end.ts';
import type { ScenarioEvent } from './events.ts';
import { hideSecrets } from './hide-secrets.ts';
import { judgeThreshold, metricResults, phasesOf } from './metrics/report.ts';
import { chartedModes } from './metrics/series.ts';
import { oracleCheck } from './oracle-checks.ts';
import type { PreparedScenario } from './prepare.ts';
import { healedLatencyMs } from './thresholds.ts';
import { conclude, generatorHealth } from './verdict.ts';

/** Records kept so that a violation can be shown with its neighbours; a longer run shows the record that gave it away. */
const MAX_KEPT_RECORDS = 1_000_000;
const CLOCK = 'one host: every stamp is of its monotonic clock';

export interface ScenarioOptions {
  readonly prepared: PreparedScenario;
  readonly manifest: Manifest;
  /** Aborted: faults are healed, the load ends, and what was seen until then is the result, with exit 130. */
  readonly signal: AbortSignal;
  /** How long to wait for the target to answer at all. */
  readonly wait_ms?: number;
  /** The command line that runs it again. */
  readonly replay?: string;
  readonly onEvent?: (event: ScenarioEvent) => void;
  /** Records in the order of their stamps, for history.jsonl. */
  readonly onHistory?: (records: readonly HistoryRecord[]) => void;
}

/** What the target does never makes it reject. */
export async function runScenario(options: ScenarioOptions): Promise<RunResult> {
  const { prepared, signal, onEvent = () => undefined } = options;
  const { target } = prepared;
  onEvent({ kind: 'waiting', url: target.url });
  const isReachable = await waitReachable(target, options.wait_ms ?? WAIT_TIMEOUT_MS, signal).catch(() => false);
  if (!isReachable) return unreached(options);
  onEvent(announcement(prepared));
  return await judged(options, onEvent);
}

async function judged(options: ScenarioOptions, onEvent: (event: ScenarioEvent) => void): Promise<RunResult> {
  const { prepared, signal } = options;
  const { target, thresholds } = prepared;
  const kept = new KeptHistory();
  const oracle = createOracle({ declared: declaredBy(target) });
  const outcome = await runLoad({
    prepared,
    oracle,
    signal,
    onEvent,
    measures: {
      latency_budget_ms: healedLatencyMs(thresholds) ?? target.times.event_latency_ms,
      recovery_ms: target.times.recovery_ms,
      charted_modes: chartedModes(prepared.scenario.workload, target),
      at_least_once: target.at_least_once,
    },
    onHistory: (records) => {
      options.onHistory?.(records);
      kept.add(records);
    },
  });
  const { began_ms, duration_ms, measures } = outcome;
  const context = { began_ms, duration_ms, replay: options.replay ?? null };
  const { health, saturated_by } = generatorHealth(outcome.health, thresholds);
  const atEnd = thresholds.map((threshold) => judgeThreshold(threshold, outcome));
  const judgedThresholds = withEarlyEnd(atEnd, outcome.early);
  const found = {
    checks: oracle.finish(kept.whole).map((verdict) => oracleCheck(verdict, context)),
    faults: outcome.faults,
    thresholds: judgedThresholds,
    health,
    saturated_by,
    failure: outcome.failure?.message ?? null,
    unread: outcome.unread,
    worst: measures.worst.all,
    early: outcome.early,
    interrupted: signal.aborted,
    duration_ms,
    planned_ms: prepared.duration_ms,
  };
  const findings = hideSecrets(found, createTranscriber(target));
  const { checks, faults } = findings;
  return {
    ...frame(options),
    duration_ms,
    summary: summaryOf(checks),
    coverage: coverageOf(ROWS, checks, target),
    checks,
    metrics: metricResults(outcome),
    thresholds: judgedThresholds,
    faults,
    load: loadResult(prepared.scenario.name, outcome, health),
    ...conclude(findings, measures.counters),
  };
}

class KeptHistory {
  readonly #records: HistoryRecord[] = [];
  #count = 0;

  add(records: readonly HistoryRecord[]): void {
    this.#count += records.length;
    if (this.#count <= MAX_KEPT_RECORDS) this.#records.push(...records);
  }

  /** undefined: there were too many. */
  get whole(): readonly HistoryRecord[] | undefined {
    return this.#count <= MAX_KEPT_RECORDS ? this.#records : undefined;
  }
}

function loadResult(scenario: string, outcome: LoadOutcome, health: LoadResult['health']): LoadResult {
  const { measures, duration_ms } = outcome;
  return {
    scenario,
    duration_ms,
    deliveries: measures.counters.delivered,
    acknowledged: measures.counters.published,
    series: measures.series.points,
    series_modes: measures.series.modes,
    phases: phasesOf(outcome),
    worst: measures.worst.all,
    health,
    heal_to_slo_ms: measures.slo.healToSlo(measures.phases),
    clock: CLOCK,
  };
}

function declaredBy(target: Target) {
  return {
    accounts: target.capabilities.has('accounts'),
    at_least_once: target.at_least_once,
    recovery_ms: target.times.recovery_ms,
    idempotency_ms: target.capabilities.has('idempotent-append') ? target.times.idempotency_ms : null,
    history_limit: target.limits.history_limit,
  };
}

function announcement({ scenario, target, duration_ms, plan }: PreparedScenario): ScenarioEvent {
  const { streams, events_per_second, subscribers, pollers } = scenario.workload;
  const { live, late, reconnecting } = subscribers;
  return {
    kind: 'announced',
    scenario: scenario.name,
    duration_ms,
    streams,
    events_per_second: streams * events_per_second,
    readers: streams * (live + late + reconnecting) + pollers.poll + pollers.long_poll,
    // A rolling restart ends every instance once.
    faults: sum(plan.steps.map(({ fault }) => (fault.kind === 'rolling-restart' ? target.instances.length : 1))),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function frame({ manifest, prepared }: ScenarioOptions): Pick<RunResult, 'schema' | 'manifest' | 'beside'> {
  return {
    schema: RESULT_SCHEMA,
    manifest: { ...manifest, plan: prepared.plan as unknown as JsonValue },
    beside: null,
  };
}

function unreached(options: ScenarioOptions): RunResult {
  const { target } = options.prepared;
  const reason = `${target.url.href} did not answer`;
  const interrupted = options.signal.aborted;
  const verdict = exitOf(interrupted ? [] : [{ kind: 'inconclusive', text: reason }], interrupted);
  return {
    ...frame(options),
    duration_ms: 0,
    summary: summaryOf([]),
    coverage: coverageOf(ROWS, [], target),
    checks: [],
    metrics: {},
    thresholds: [],
    faults: [],
    load: null,
    ...verdict,
    headline: `${verdictWord(verdict.exit_code)}: ${interrupted ? 'nothing was observed until then' : reason}`,
  };
}
