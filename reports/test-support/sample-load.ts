/** A load run with three faults: latency rises while an instance is down and heals after it. */
import type {
  FaultResult,
  LoadResult,
  MetricResult,
  Percentiles,
  SeriesPoint,
  ThresholdResult,
} from '../../harness/result.ts';
import { Random } from '../../spec/random.ts';

export const SAMPLE_FAULTS: readonly FaultResult[] = [
  {
    kind: 'kill',
    target: 'instance 2',
    at_ms: 6_200,
    healed_ms: 8_050,
    bit: true,
    evidence: '14 subscriptions reset (ECONNRESET), epoch 3 → 4',
  },
  {
    kind: 'restart',
    target: 'instance 0',
    at_ms: 14_000,
    healed_ms: 15_300,
    bit: true,
    evidence: '11 subscriptions ended cleanly, 503 on /readyz',
  },
  {
    kind: 'restart',
    target: 'instance 1',
    at_ms: 18_000,
    healed_ms: 19_400,
    bit: true,
    evidence: '12 subscriptions ended cleanly, 503 on /readyz',
  },
];

/** How much worse than steady latency is at a moment: 1 in the steady state. */
function disturbance(at_ms: number): number {
  const effects = SAMPLE_FAULTS.map((fault) => {
    const healed = fault.healed_ms ?? at_ms;
    if (at_ms < fault.at_ms || at_ms > healed + 1_500) return 1;
    const strength = fault.kind === 'kill' ? 190 : 45;
    return at_ms <= healed ? strength : 1 + strength * 0.4 * Math.exp((healed - at_ms) / 350);
  });
  return Math.max(...effects);
}

function sampleSeries(): readonly SeriesPoint[] {
  const random = new Random(42).fork('sample-series');
  return Array.from({ length: 100 }, (_, index) => {
    const at_ms = index * 250;
    const factor = disturbance(at_ms);
    const p50_ms = 3.2 + random.next() * 0.8 + factor * 0.15;
    const p95_ms = 7 + random.next() * 3 + factor * 3.6;
    return {
      at_ms,
      p50_ms,
      p95_ms,
      max_ms: p95_ms * (1.3 + random.next() * 1.2),
      delivered: random.int(460, 520) - Math.round(Math.min(380, factor * 3)),
      queue_depth: Math.round(2 + random.next() * 4 + factor * 1.4),
      reconnects: factor > 20 && index % 3 === 0 ? random.int(2, 9) : 0,
    };
  });
}

function percentiles(count: number, p50_ms: number, p95_ms: number, max_ms: number, censored = 0): Percentiles {
  return { count, censored, min_ms: p50_ms * 0.4, p50_ms, p95_ms, p99_ms: p95_ms * 1.25, max_ms };
}

export const SAMPLE_LOAD: LoadResult = {
  scenario: 'restart-mid-run',
  duration_ms: 25_000,
  deliveries: 48_210,
  acknowledged: 6_014,
  series: sampleSeries(),
  series_modes: ['sse', 'long-poll'],
  phases: {
    steady: percentiles(36_110, 3.6, 9.1, 31),
    fault: percentiles(6_840, 34, 812, 1_413),
    replay: percentiles(3_920, 11, 96, 240),
    healed: percentiles(1_340, 3.8, 12, 44),
  },
  worst: Array.from({ length: 10 }, (_, index) => ({
    stream: `job-${(index * 7) % 12}`,
    id: 311 + index * 3,
    latency_ms: 1_413 - index * 37.5,
    phase: index < 8 ? 'fault' : 'replay',
    censored: false,
  })),
  health: { schedule_lag_p99_ms: 1.7, event_loop_delay_p99_ms: 11.2, cpu_percent: 38, saturated: false },
  heal_to_slo_ms: [640, 210, 480],
  clock: 'same host, monotonic: no skew to correct',
};

export const SAMPLE_THRESHOLDS: readonly ThresholdResult[] = [
  { expression: 'event_latency: p(95)<1s', metric: 'event_latency', value: 96.4, limit: 1_000, unit: 'ms', ok: true },
  {
    expression: 'event_latency{phase:fault}: p(95)<1s',
    metric: 'event_latency',
    value: 812,
    limit: 1_000,
    unit: 'ms',
    ok: true,
  },
  {
    expression: 'replay_duration: p(95)<2s',
    metric: 'replay_duration',
    value: 240,
    limit: 2_000,
    unit: 'ms',
    ok: true,
  },
  {
    expression: 'reconnect_gap: p(95)<1.5s',
    metric: 'reconnect_gap',
    value: 1_130,
    limit: 1_500,
    unit: 'ms',
    ok: true,
  },
  { expression: 'queue_depth: max<1000', metric: 'queue_depth', value: 268, limit: 1_000, unit: 'count', ok: true },
  ...['steady', 'healed'].map((phase) => ({
    expression: `append_duration{phase:${phase}}: p(95)<10s`,
    metric: 'append_duration',
    value: 11,
    limit: 10_000,
    unit: 'ms' as const,
    ok: true,
  })),
  { expression: 'refused: count==0', metric: 'refused', value: 0, limit: 0, unit: 'count', ok: true },
  { expression: 'unanswered: count==0', metric: 'unanswered', value: 0, limit: 0, unit: 'count', ok: true },
  { expression: 'lost: count==0', metric: 'lost', value: 0, limit: 0, unit: 'count', ok: true },
  { expression: 'duplicated: count==0', metric: 'duplicated', value: 0, limit: 0, unit: 'count', ok: true },
];

function trend(values: Percentiles, tagged: MetricResult['tagged'] = {}): MetricResult {
  return { kind: 'trend', value: null, percentiles: values, tagged };
}

export const SAMPLE_METRICS: Readonly<Record<string, MetricResult>> = {
  event_latency: trend(percentiles(48_210, 4.1, 96.4, 1_413), {
    'phase:steady': percentiles(36_110, 3.6, 9.1, 31),
    'phase:fault': percentiles(6_840, 34, 812, 1_413),
  }),
  fanout_spread: trend(percentiles(6_014, 0.8, 3.9, 210)),
  reconnect_gap: trend(percentiles(37, 420, 1_130, 1_290)),
  replay_duration: trend(percentiles(49, 61, 240, 312)),
  lost: { kind: 'counter', value: 0, percentiles: null, tagged: {} },
  duplicated: { kind: 'counter', value: 0, percentiles: null, tagged: {} },
  append_accepted: { kind: 'rate', value: 0.9987, percentiles: null, tagged: { 'phase:fault': 0.994 } },
  queue_depth: { kind: 'gauge', value: 3, percentiles: null, tagged: {} },
};
