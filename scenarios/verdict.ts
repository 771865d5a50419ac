/** From what a load found to causes, exit code and headline. */
import { exitOf, verdictWord, type Cause } from '../harness/runner/exit.ts';
import type {
  CheckResult,
  FaultResult,
  GeneratorHealth,
  LateEvent,
  RunResult,
  ThresholdResult,
} from '../harness/result.ts';
import { neverFired } from '../chaos/run-plan.ts';
import type { EarlyEnd } from './early-end.ts';
import type { LoadHealth } from './engines/node/protocol.ts';
import { METRICS, type MetricSpec } from './metrics/catalog.ts';
import { tightestLatencyMs, type Threshold } from './thresholds.ts';
import { milliseconds, seconds, toldBreach } from './told.ts';

/** The generator's own lateness may be this share of the tightest latency threshold. */
const LAG_SHARE = 0.1;

/** Why the generator could not do what the schedule wanted; empty when it could. */
function saturation({ schedule_lag_p99_ms, unsent }: LoadHealth, thresholds: readonly Threshold[]): string[] {
  const tightest_ms = tightestLatencyMs(thresholds);
  const isLate = tightest_ms !== null && schedule_lag_p99_ms > tightest_ms * LAG_SHARE;
  const bound = `${String(LAG_SHARE * 100)} % of the tightest latency threshold, ${milliseconds(tightest_ms ?? 0)}`;
  return [
    ...(isLate ? [`p99 schedule lag ${milliseconds(schedule_lag_p99_ms)}, above ${bound}`] : []),
    ...(unsent > 0 ? [`${unsent.toLocaleString('en')} events were due and never sent: too many were under way`] : []),
  ];
}

/** What is not known of a generator that broke off counts as saturated. */
export function generatorHealth(
  health: LoadHealth | null,
  thresholds: readonly Threshold[],
): { readonly health: GeneratorHealth; readonly saturated_by: readonly string[] } {
  if (health === null) {
    const unknown = { schedule_lag_p99_ms: 0, event_loop_delay_p99_ms: 0, cpu_percent: 0, saturated: true };
    return { health: unknown, saturated_by: [] };
  }
  const { schedule_lag_p99_ms, event_loop_delay_p99_ms, cpu_percent } = health;
  const saturated_by = saturation(health, thresholds);
  const saturated = saturated_by.length > 0;
  return { health: { schedule_lag_p99_ms, event_loop_delay_p99_ms, cpu_percent, saturated }, saturated_by };
}

export interface Findings {
  readonly checks: readonly CheckResult[];
  readonly faults: readonly FaultResult[];
  readonly thresholds: readonly ThresholdResult[];
  readonly health: GeneratorHealth;
  readonly saturated_by: readonly string[];
  /** Why the load did not come to its end; null when it did. */
  readonly failure: string | null;
  /** Streams whose last read, which all others are held against, did not come to its end. */
  readonly unread: { readonly streams: number; readonly of: number };
  readonly worst: readonly LateEvent[];
  /** A threshold ended the run. */
  readonly early: EarlyEnd | null;
  readonly interrupted: boolean;
  /** Of the load as it was, and as it was planned. */
  readonly duration_ms: number;
  readonly planned_ms: number;
}

export function causesOf(findings: Findings): Cause[] {
  const { health, failure, saturated_by, unread } = findings;
  return [
    ...findings.checks.flatMap(ofCheck),
    ...(failure === null ? [] : [inconclusive(failure)]),
    ...(unread.streams === 0
      ? []
      : [
          inconclusive(
            `the last read of ${String(unread.streams)} of ${String(unread.of)} streams did not come to its end`,
          ),
        ]),
    ...findings.faults.flatMap((fault) => ofFault(fault, findings)),
    ...(health.saturated && failure === null
      ? [inconclusive(`the load generator was saturated (${saturated_by.join('; ')}): timing verdicts are void`)]
      : []),
    ...findings.thresholds.flatMap((threshold) => ofThreshold(threshold, findings)),
  ];
}

function inconclusive(text: string): Cause {
  return { kind: 'inconclusive', text };
}

function ofCheck({ id, outcome, reason, observed, evidence }: CheckResult): Cause[] {
  if (outcome === 'fail') {
    const { id: event, stream } = evidence;
    const where =
      typeof event === 'number' && typeof stream === 'string' ? ` (event ${String(event)} of ${stream})` : '';
    return [{ kind: 'failed', text: `${id} failed: ${reason ?? ''}${where}: ${observed ?? ''}` }];
  }
  return outcome === 'inconclusive' ? [inconclusive(`${id} is inconclusive: ${reason ?? ''}`)] : [];
}

/** What did not come about because the run ended before its time has that as its cause, which stands by itself. */
function isCutShort({ failure, early, interrupted }: Findings): boolean {
  return failure !== null || early !== null || interrupted;
}

function ofFault(fault: FaultResult, findings: Findings): Cause[] {
  const { kind, target, bit, healed_ms, evidence } = fault;
  if (neverFired(fault) && isCutShort(findings)) return [];
  if (!bit) return [inconclusive(`the fault ${kind} on ${target} never bit: ${evidence}`)];
  return healed_ms === null ? [inconclusive(`${target} did not come back after ${kind}`)] : [];
}

function ofThreshold(threshold: ThresholdResult, findings: Findings): Cause[] {
  const { early, health, planned_ms } = findings;
  const { expression, value, ok } = threshold;
  if (value === null) return isCutShort(findings) ? [] : [inconclusive(toldBreach(threshold))];
  const hasEnded = early?.threshold.expression === expression;
  const ended = hasEnded ? `the run after ${seconds(early.at_ms)} of ${seconds(planned_ms)}` : '';
  // Whatever it proves, the rest of the run is missing.
  if (!ok && health.saturated && isTiming(threshold)) {
    return hasEnded ? [inconclusive(`${toldBreach(threshold)}, which proves nothing here, but ended ${ended}`)] : [];
  }
  if (ok) return [];
  const text = `${toldBreach(threshold)}${during(threshold, findings)}${hasEnded ? `, which ended ${ended}` : ''}`;
  return [{ kind: 'budget', text }];
}

function isTiming({ unit }: ThresholdResult): boolean {
  return unit === 'ms';
}

/** What was being done to the target when events were latest; nothing for a budget on the time outside of faults. */
function during({ metric, expression }: ThresholdResult, { worst, faults }: Findings): string {
  const phase = /\{[^}]*\bphase\s*:\s*([\w-]+)/.exec(expression)?.[1] ?? 'fault';
  if (phase !== 'fault') return '';
  const spec: MetricSpec | undefined = Object.entries(METRICS).find(([name]) => name === metric)?.[1];
  const bitten = faults.filter(({ bit }) => bit);
  if (spec?.unit !== 'ms' || bitten.length === 0 || worst[0]?.phase !== 'fault') return '';
  return ` while ${[...new Set(bitten.map(({ kind, target }) => `${kind} of ${target}`))].slice(0, 2).join(' and ')}`;
}

export function conclude(
  findings: Findings,
  counted: { readonly lost: number; readonly delivered: number },
): Pick<RunResult, 'exit_code' | 'exit_reasons' | 'headline'> {
  const { interrupted, duration_ms, planned_ms } = findings;
  const { lost, delivered } = counted;
  const isVacuous = delivered === 0 && !isCutShort(findings);
  const causes = [...causesOf(findings), ...(isVacuous ? [inconclusive('nothing was delivered to any reader')] : [])];
  const verdict = exitOf(causes, interrupted);
  const { exit_code } = verdict;
  // What was broken until then stays broken; a run that nobody let end proves nothing else.
  const broken = causes.filter(({ kind }) => kind === 'failed').map(({ text }) => text);
  // Faults that take long to heal, and the judging, come on top of what was planned.
  const stopped = `after ${seconds(duration_ms)}${duration_ms < planned_ms ? ` of ${seconds(planned_ms)}` : ''}`;
  const exit_reasons = interrupted ? [...broken, `interrupted ${stopped}`] : verdict.exit_reasons;
  const bitten = findings.faults.filter(({ bit }) => bit).length;
  // Some of what breaks a promise is no loss that a counter shows: the oracle's word stands alone then.
  const isBroken = findings.checks.some(({ outcome }) => outcome === 'fail');
  const lostText = lost > 0 ? `${String(lost)} lost in` : isBroken ? 'found in' : 'nothing lost in';
  const tail =
    (delivered === 0 && lost === 0
      ? 'nothing was delivered'
      : `${lostText} ${delivered.toLocaleString('en')} deliveries`) +
    (bitten === 0 ? '' : ` through ${String(bitten)} fault${bitten === 1 ? '' : 's'}`);
  const [first = '', ...others] = interrupted ? [...broken, stopped] : exit_reasons;
  const more = others.length === 0 ? '' : `, and ${String(others.length)} more`;
  const word = verdictWord(exit_code);
  const headline = exit_code === 0 ? `${word}: ${tail}` : `${word}: ${first}${more}; ${tail}`;
  return { exit_code, exit_reasons, headline };
}
