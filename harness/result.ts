/** `result.json`, version 1: what a run found. Everything a report shows comes from here. */
import type { JsonValue } from '../spec/wire.ts';
import type { Level, RowId } from '../spec/row.ts';

export const RESULT_SCHEMA = 'streamproof.result/1';

export const OUTCOMES = ['pass', 'fail', 'inconclusive', 'not-observed', 'not-applicable'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One line of a transcript; secrets are already redacted. */
export interface TranscriptLine {
  /** Exchange number within the check. */
  readonly exchange: number;
  readonly direction: 'sent' | 'received' | 'note';
  /** Since the check began. */
  readonly at_ms: number;
  /** Byte offset in the body; null for request and status lines, headers and notes. */
  readonly offset: number | null;
  /** Printable text; bytes that are none stand as `\xNN`. */
  readonly text: string;
}

/** An event of a failure's waterfall: lanes are `sent`, `acked` and one per subscription. */
export interface WaterfallMark {
  readonly lane: string;
  readonly id: number | null;
  /** Since the check (or the load) began. A missing event stands where it was due. */
  readonly at_ms: number;
  readonly mark: 'ok' | 'missing' | 'doubled' | 'reordered' | 'late' | 'foreign';
}

export interface CheckResult {
  readonly id: string;
  readonly rows: readonly RowId[];
  readonly level: Level;
  readonly outcome: Outcome;
  /** Stable kebab-case code; null for a pass. */
  readonly reason: string | null;
  readonly expected: string | null;
  readonly observed: string | null;
  /** Machine-readable facts behind `observed`: the id, offset or header that shows it. */
  readonly evidence: Readonly<Record<string, JsonValue>>;
  readonly transcript: readonly TranscriptLine[];
  readonly waterfall: readonly WaterfallMark[];
  /** The same exchange on a healthy reference, where a run had one beside it. */
  readonly reference_transcript: readonly TranscriptLine[] | null;
  /** Why a failure has none, where one was wanted. */
  readonly reference_note?: string | undefined;
  /** Command line that replays just this check with the same seed. */
  readonly replay: string | null;
  /** curl line that shows it, where one can. */
  readonly curl: string | null;
  /** Named in the expected-failures file. */
  readonly expected_failure: string | null;
  readonly duration_ms: number;
  /** With --repeat: how many of the repeats passed. */
  readonly repeats: { readonly passed: number; readonly total: number } | null;
}

export interface Percentiles {
  readonly count: number;
  readonly censored: number;
  readonly min_ms: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

export interface MetricResult {
  readonly kind: 'trend' | 'counter' | 'rate' | 'gauge';
  /** Counter: total. Rate: 0 to 1. Gauge: last value. Trend: null. */
  readonly value: number | null;
  readonly percentiles: Percentiles | null;
  /** By population, e.g. `phase:fault`. */
  readonly tagged: Readonly<Record<string, Percentiles | number>>;
}

export interface ThresholdResult {
  /** As written, e.g. `event_latency{phase:fault}: p(95)<1s`. */
  readonly expression: string;
  readonly metric: string;
  /** null: the metric had no samples, which is inconclusive. */
  readonly value: number | null;
  readonly limit: number;
  readonly unit: 'ms' | 'count' | 'per-second' | 'rate' | 'bytes';
  readonly ok: boolean;
}

export interface FaultResult {
  readonly kind: string;
  readonly target: string;
  /** Since the load began, or since the check that injected it began; `healed_ms` likewise. */
  readonly at_ms: number;
  readonly healed_ms: number | null;
  /** The wire showed it. */
  readonly bit: boolean;
  /** What on the wire showed it, or why nothing did. */
  readonly evidence: string;
}

/** One point of the latency chart: a window of the run. */
export interface SeriesPoint {
  /** Start of the window, since the load began. */
  readonly at_ms: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly max_ms: number | null;
  readonly delivered: number;
  readonly queue_depth: number;
  readonly reconnects: number;
}

export interface GeneratorHealth {
  readonly schedule_lag_p99_ms: number;
  readonly event_loop_delay_p99_ms: number;
  readonly cpu_percent: number;
  readonly saturated: boolean;
}

export interface LateEvent {
  readonly stream: string;
  readonly id: number | null;
  readonly latency_ms: number;
  readonly phase: string;
  readonly censored: boolean;
}

export interface LoadResult {
  readonly scenario: string;
  readonly duration_ms: number;
  readonly deliveries: number;
  readonly acknowledged: number;
  readonly series: readonly SeriesPoint[];
  /** Whose latencies the series shows: `sse`, `long-poll`, `poll`. */
  readonly series_modes: readonly string[];
  /** Percentiles of event_latency per phase. */
  readonly phases: Readonly<Record<string, Percentiles>>;
  readonly worst: readonly LateEvent[];
  readonly health: GeneratorHealth;
  /** From each heal until event_latency met its budget again; null where it never did. */
  readonly heal_to_slo_ms: readonly (number | null)[];
  readonly clock: string;
}

export interface Manifest {
  readonly run_id: string;
  /** ISO 8601. */
  readonly started_at: string;
  readonly command: string;
  readonly seed: number;
  readonly streamproof_version: string;
  readonly node_version: string;
  readonly platform: string;
  readonly cpus: number;
  readonly target: {
    readonly name: string;
    readonly url: string;
    readonly dialect: string;
    readonly instances: number;
    readonly capabilities: readonly string[];
  };
  /** Config without secrets. */
  readonly config: JsonValue;
  /** The resolved fault plan. */
  readonly plan: JsonValue;
}

export interface RunResult {
  readonly schema: typeof RESULT_SCHEMA;
  readonly manifest: Manifest;
  readonly duration_ms: number;
  readonly summary: {
    readonly pass: number;
    readonly fail: number;
    readonly inconclusive: number;
    readonly not_observed: number;
    readonly not_applicable: number;
  };
  readonly coverage: { readonly observed_must: number; readonly total_must: number };
  /** One sentence with the cause. */
  readonly headline: string;
  readonly checks: readonly CheckResult[];
  readonly metrics: Readonly<Record<string, MetricResult>>;
  readonly thresholds: readonly ThresholdResult[];
  readonly faults: readonly FaultResult[];
  readonly load: LoadResult | null;
  readonly exit_code: number;
  readonly exit_reasons: readonly string[];
  /** A second run shown beside this one (demo: the server with one known bug). */
  readonly beside: { readonly title: string; readonly result: RunResult } | null;
}
