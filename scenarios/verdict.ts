/** From what a load found to causes, exit code and headline. */
import { exitOf, type Cause } from '../harness/runner/exit.ts';
import type {
  CheckResult,
  FaultResult,
  GeneratorHealth,
  LateEvent,
  RunResult,
  ThresholdResult,
} from '../harness/result.ts';
import type { LoadHealth } from './engines/node/protocol.ts';
import { METRICS, type MetricSpec } from './metrics/catalog.ts';
import { tightestLatencyMs, type Threshold } from './thresholds.ts';

/** The generator's own lateness may be this share of the tightest latency threshold. */
const LAG_SHARE = 0.1;

export function generatorHealth(health: LoadHealth | null, thresholds: readonly Threshold[]): GeneratorHealth {
  if (health === null) {
    return { schedule_lag_p99_ms: 0, event_loop_delay_p99_ms: 0, cpu_percent: 0, saturated: true };
  }
  const { schedule_lag_p99_ms, event_loop_delay_p99_ms, cpu_percent, unsent } = health;
  const tightest_ms = tightestLatencyMs(thresholds);
  const isLate = tightest_ms !== null && schedule_lag_p99_ms > tightest_ms * LAG_SHARE;
  return { schedule_lag_p99_ms, event_loop_delay_p99_ms, cpu_percent, saturated: isLate || unsent > 0 };
}

export interface Findings {
  readonly checks: readonly CheckResult[];
  readonly faults: readonly FaultResult[];
  readonly thresholds: readonly ThresholdResult[];
  readonly health: GeneratorHealth;
  /** Why the load did not come to its end; null when it did. */
  readonly failure: string | null;
  readonly worst: readonly LateEvent[];
}

export function causesOf(findings: Findings): Cause[] {
  const { checks, faults, thresholds, health, failure } = findings;
  return [
    ...checks.flatMap(({ id, outcome, reason, observed, evidence }): Cause[] => {
      if (outcome === 'fail') {
        const { id: event, stream } = evidence;
        const where =
          typeof event === 'number' && typeof stream === 'string' ? ` (event ${String(event)} of ${stream})` : '';
        return [{ kind: 'failed', text: `${id} failed: ${reason ?? ''}${where}: ${observed ?? ''}` }];
      }
      return outcome === 'inconclusive'
        ? [{ kind: 'inconclusive', text: `${id} is inconclusive: ${reason ?? ''}` }]
        : [];
    }),
    ...(failure === null ? [] : [{ kind: 'inconclusive', text: failure } as const]),
    ...faults.flatMap(({ kind, target, bit, healed_ms, evidence }): Cause[] => {
      if (!bit) return [{ kind: 'inconclusive', text: `the fault ${kind} on ${target} never bit: ${evidence}` }];
      return healed_ms === null ? [{ kind: 'inconclusive', text: `${target} did not come back after ${kind}` }] : [];
    }),
    ...(health.saturated && failure === null
      ? [
          {
            kind: 'inconclusive',
            text: `the load generator was saturated (p99 schedule lag ${milliseconds(health.schedule_lag_p99_ms)}): timing verdicts are void`,
          } as const,
        ]
      : []),
    ...thresholds.flatMap((threshold): Cause[] => {
      const { expression, value, ok } = threshold;
      if (value === null) return [{ kind: 'inconclusive', text: `${expression}: no samples` }];
      if (ok || (health.saturated && isTiming(threshold))) return [];
      return [
        { kind: 'budget', text: `${expression}: measured ${shown(threshold, value)}${during(threshold, findings)}` },
      ];
    }),
  ];
}

function isTiming({ unit }: ThresholdResult): boolean {
  return unit === 'ms';
}

function shown({ unit }: ThresholdResult, value: number): string {
  return unit === 'ms' ? milliseconds(value) : String(Math.round(value * 1_000) / 1_000);
}

function milliseconds(value_ms: number): string {
  return value_ms >= 1_000 ? `${(value_ms / 1_000).toFixed(2)} s` : `${value_ms.toFixed(1)} ms`;
}

/** What was being done to the target when events were latest. */
function during({ metric }: ThresholdResult, { worst, faults }: Findings): string {
  const spec: MetricSpec | undefined = Object.entries(METRICS).find(([name]) => name === metric)?.[1];
  const first = faults[0];
  if (spec?.unit !== 'ms' || first === undefined || worst[0]?.phase !== 'fault') return '';
  return ` while ${[...new Set(faults.map(({ kind, target }) => `${kind} of ${target}`))].slice(0, 2).join(' and ')}`;
}

export function conclude(
  findings: Findings,
  counted: { readonly lost: number; readonly delivered: number },
  interrupted: boolean,
): Pick<RunResult, 'exit_code' | 'exit_reasons' | 'headline'> {
  const { exit_code, exit_reasons } = exitOf(causesOf(findings), interrupted);
  const { lost, delivered } = counted;
  const bitten = findings.faults.filter(({ bit }) => bit).length;
  // An acknowledged id that was given away is a loss that no counter shows: the oracle's word stands alone then.
  const isBroken = findings.checks.some(({ outcome }) => outcome === 'fail');
  const lostText = lost > 0 ? `${String(lost)} lost in` : isBroken ? 'found in' : 'nothing lost in';
  const tail =
    `${lostText} ${delivered.toLocaleString('en')} deliveries` +
    (bitten === 0 ? '' : ` through ${String(bitten)} fault${bitten === 1 ? '' : 's'}`);
  const [first = '', ...others] = exit_reasons;
  const more = others.length === 0 ? '' : `, and ${String(others.length)} more`;
  const word = interrupted ? 'INTERRUPTED' : exit_code === 3 ? 'INCONCLUSIVE' : 'FAILED';
  const headline = exit_code === 0 ? `PASSED: ${tail}` : `${word} (${String(exit_code)}): ${first}${more}; ${tail}`;
  return { exit_code, exit_reasons, headline };
}
