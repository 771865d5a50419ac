/**
 * The first run: a healthy cluster judged, then loaded while instances are killed, then the same questions asked of a
 * server with one known production bug. One result, which one page shows.
 */
import type { HistoryRecord } from '../harness/history.ts';
import type { CheckResult, RunResult } from '../harness/result.ts';
import { exitOf, headlineOf, summaryOf, type Cause } from '../harness/runner/exit.ts';
import type { RunEvent } from '../harness/runner/runner.ts';
import type { ScenarioEvent } from '../scenarios/events.ts';
import { scenarioOf } from '../scenarios/index.ts';
import { prepareScenario } from '../scenarios/prepare.ts';
import { runScenario } from '../scenarios/run-scenario.ts';
import { ROWS } from '../spec/rows/index.ts';
import type { JsonValue } from '../spec/wire.ts';
import { judgeTarget } from './judge-target.ts';
import { KILLS } from './kills/index.ts';
import { withReference } from './reference-beside.ts';
import { startSelf } from './self.ts';

/** The bug beside the healthy server, after seed 004 §3: a `done` that an ingress holds back. */
const DEMO_DEFECT = 'terminal-unpadded';
/** What the second server is asked: the bug's section, and what stands next to it. */
const BESIDE_SECTIONS = ['TRN', 'FLU'];
const LOAD_MS = 12_000;

export type DemoEvent =
  | { readonly kind: 'stage'; readonly number: number; readonly of: number; readonly title: string }
  | { readonly kind: 'check'; readonly event: RunEvent }
  | { readonly kind: 'load'; readonly event: ScenarioEvent };

export interface DemoOptions {
  readonly seed: number;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: DemoEvent) => void;
  /** What the healthy server was asked and answered, by the check or the scenario. */
  readonly onHistory: (id: string, records: readonly HistoryRecord[]) => void;
}

export async function runDemo({ seed, command, signal, onEvent, onHistory }: DemoOptions): Promise<RunResult> {
  const began_ms = performance.now();
  const stage = (number: number, title: string): void => {
    onEvent({ kind: 'stage', number, of: 3, title });
  };
  const onCheck = (event: RunEvent): void => {
    onEvent({ kind: 'check', event });
  };
  stage(1, 'three instances on SQLite behind an ingress: every requirement');
  const healthy = await judgeHealthy();
  const beside = await withReference(await judgeBroken(), { seed, signal });
  return combine(healthy.conform, healthy.load, beside, performance.now() - began_ms, signal.aborted);

  async function judgeHealthy(): Promise<{ conform: RunResult; load: RunResult }> {
    await using self = await startSelf({ store: 'sqlite' });
    const conform = await judgeTarget({ target: self.target, seed, command, signal, onEvent: onCheck, onHistory });
    stage(2, 'a load in which an instance is killed, then all are restarted in turn');
    const scenario = scenarioOf('restart-mid-run');
    const prepared = prepareScenario({ scenario, target: self.target, duration_ms: LOAD_MS, seed });
    const load = await runScenario({
      prepared,
      signal,
      manifest: { ...conform.manifest, plan: prepared.plan as unknown as JsonValue },
      onEvent: (event) => {
        onEvent({ kind: 'load', event });
      },
      onHistory: (records) => {
        onHistory(scenario.name, records);
      },
    });
    return { conform, load };
  }

  async function judgeBroken(): Promise<RunResult> {
    stage(3, `the same questions to a server with one known bug: ${DEMO_DEFECT}`);
    await using self = await startSelf({ store: 'sqlite', defect: DEMO_DEFECT });
    const selection = { only: BESIDE_SECTIONS, skip: [] };
    const broken = `${command} --defect ${DEMO_DEFECT}`;
    return await judgeTarget({ target: self.target, selection, seed, command: broken, signal, onEvent: onCheck });
  }
}

/** What went wrong with the demonstration itself; empty when it showed what it is for. */
function besideProblems(checks: readonly CheckResult[]): string[] {
  const kill = KILLS.find(({ name }) => name === DEMO_DEFECT);
  if (kill === undefined) return [`${DEMO_DEFECT} is no known defect`];
  const failed = checks.filter((check) => check.outcome === 'fail');
  const named = failed.find((check) => check.id === kill.killed_by);
  if (named === undefined) return [`${kill.killed_by} did not turn red on the server with ${DEMO_DEFECT}`];
  const others = failed.filter((check) => check !== named && !(kill.also ?? []).includes(check.id));
  return others.map((check) => `${check.id} turned red on the server with ${DEMO_DEFECT}, which does not break it`);
}

/** A machine too busy to time anything voids the budgets, which the page says; it does not spoil the demonstration. */
function combine(
  conform: RunResult,
  load: RunResult,
  beside: RunResult,
  duration_ms: number,
  interrupted: boolean,
): RunResult {
  const checks = [...conform.checks, ...load.checks];
  const causes: Cause[] = [
    ...causesOf(conform),
    ...(load.load?.health.saturated === true ? causesOf(load).filter(({ kind }) => kind === 'failed') : causesOf(load)),
    ...(interrupted ? [] : besideProblems(beside.checks)).map((text): Cause => ({ kind: 'failed', text })),
  ];
  const verdict = { ...exitOf(causes, interrupted), coverage: conform.coverage, summary: summaryOf(checks) };
  const red = beside.checks.find((check) => check.outcome === 'fail');
  const row = ROWS.find(({ id }) => id === red?.rows[0]);
  return {
    ...load,
    duration_ms,
    ...verdict,
    headline: headlineOf(verdict),
    checks,
    // Faults of single checks have clocks of their own; the chart is of the load.
    faults: load.faults,
    beside: {
      title: `${DEMO_DEFECT}${row === undefined ? '' : `: breaks ${row.id}`}`,
      result: beside,
    },
  };
}

/** A run's exit as causes, so that several runs have one verdict. */
function causesOf({ exit_code, exit_reasons }: RunResult): Cause[] {
  const kind = ({ 1: 'failed', 2: 'usage', 3: 'inconclusive', 99: 'budget' } as const)[exit_code];
  return kind === undefined ? [] : exit_reasons.map((text) => ({ kind, text }));
}
