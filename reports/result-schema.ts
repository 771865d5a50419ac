/**
 * `result.json` as a schema: reads a saved run back, and generates `schemas/result.schema.json`. The types of
 * harness/result.ts are the truth; where a field has moved on one side alone, this file does not compile.
 */
import { z } from 'zod';
import {
  OUTCOMES,
  RESULT_SCHEMA,
  type TranscriptLine,
  type WaterfallMark,
  type CheckResult,
  type Percentiles,
  type MetricResult,
  type ThresholdResult,
  type FaultResult,
  type SeriesPoint,
  type LoadResult,
  type Manifest,
  type RunResult,
  type GeneratorHealth,
  type LateEvent,
} from '../harness/result.ts';
import { SECTIONS, type Section } from '../spec/row.ts';
import { parseSaved } from './parse-saved.ts';

/** Exactly the fields of `T`. */
type Fields<T> = Readonly<Record<keyof T, z.ZodType>>;

const ms = z.number();
const count = z.int().min(0);
const json = z.json();
const facts = z.record(z.string(), json);

const transcriptLine = z.object({
  exchange: z.int(),
  direction: z.enum(['sent', 'received', 'note']),
  at_ms: ms,
  offset: z.int().nullable(),
  text: z.string(),
} satisfies Fields<TranscriptLine>);

const waterfallMark = z.object({
  lane: z.string(),
  id: z.number().nullable(),
  at_ms: ms,
  mark: z.enum(['ok', 'missing', 'doubled', 'reordered', 'late', 'foreign']),
} satisfies Fields<WaterfallMark>);

const check = z.object({
  id: z.string(),
  rows: z.array(z.templateLiteral([z.enum(Object.keys(SECTIONS) as [Section]), '-', z.string()])),
  level: z.enum(['MUST', 'SHOULD', 'MAY']),
  outcome: z.enum(OUTCOMES),
  reason: z.string().nullable(),
  expected: z.string().nullable(),
  observed: z.string().nullable(),
  evidence: facts,
  transcript: z.array(transcriptLine),
  waterfall: z.array(waterfallMark),
  reference_transcript: z.array(transcriptLine).nullable(),
  reference_note: z.string().optional(),
  replay: z.string().nullable(),
  curl: z.string().nullable(),
  expected_failure: z.string().nullable(),
  duration_ms: ms,
  repeats: z.object({ passed: count, total: count }).nullable(),
} satisfies Fields<CheckResult>);

const percentiles = z.object({
  count,
  censored: count,
  min_ms: ms,
  p50_ms: ms,
  p95_ms: ms,
  p99_ms: ms,
  max_ms: ms,
} satisfies Fields<Percentiles>);

const metric = z.object({
  kind: z.enum(['trend', 'counter', 'rate', 'gauge']),
  value: z.number().nullable(),
  percentiles: percentiles.nullable(),
  tagged: z.record(z.string(), z.union([percentiles, z.number()])),
} satisfies Fields<MetricResult>);

const threshold = z.object({
  expression: z.string(),
  metric: z.string(),
  value: z.number().nullable(),
  limit: z.number(),
  unit: z.enum(['ms', 'count', 'per-second', 'rate', 'bytes']),
  ok: z.boolean(),
} satisfies Fields<ThresholdResult>);

const fault = z.object({
  kind: z.string(),
  target: z.string(),
  at_ms: ms,
  healed_ms: ms.nullable(),
  bit: z.boolean(),
  evidence: z.string(),
} satisfies Fields<FaultResult>);

const seriesPoint = z.object({
  at_ms: ms,
  p50_ms: ms.nullable(),
  p95_ms: ms.nullable(),
  max_ms: ms.nullable(),
  delivered: z.number(),
  queue_depth: z.number(),
  reconnects: z.number(),
} satisfies Fields<SeriesPoint>);

const load = z.object({
  scenario: z.string(),
  duration_ms: ms,
  deliveries: count,
  acknowledged: count,
  series: z.array(seriesPoint),
  series_modes: z.array(z.string()),
  phases: z.record(z.string(), percentiles),
  worst: z.array(
    z.object({
      stream: z.string(),
      id: z.number().nullable(),
      latency_ms: ms,
      phase: z.string(),
      censored: z.boolean(),
    } satisfies Fields<LateEvent>),
  ),
  health: z.object({
    schedule_lag_p99_ms: ms,
    event_loop_delay_p99_ms: ms,
    cpu_percent: z.number(),
    saturated: z.boolean(),
  } satisfies Fields<GeneratorHealth>),
  heal_to_slo_ms: z.array(ms.nullable()),
  clock: z.string(),
} satisfies Fields<LoadResult>);

const manifest = z.object({
  run_id: z.string(),
  started_at: z.string(),
  command: z.string(),
  seed: z.number(),
  streamproof_version: z.string(),
  node_version: z.string(),
  platform: z.string(),
  cpus: z.number(),
  target: z.object({
    name: z.string(),
    url: z.string(),
    dialect: z.string(),
    instances: count,
    capabilities: z.array(z.string()),
  } satisfies Fields<Manifest['target']>),
  config: json,
  plan: json,
} satisfies Fields<Manifest>);

const resultSchema = z.object({
  schema: z.literal(RESULT_SCHEMA),
  manifest,
  duration_ms: ms,
  summary: z.object({
    pass: count,
    fail: count,
    inconclusive: count,
    not_observed: count,
    not_applicable: count,
  }),
  coverage: z.object({ observed_must: count, total_must: count }),
  headline: z.string(),
  checks: z.array(check),
  metrics: z.record(z.string(), metric),
  thresholds: z.array(threshold),
  faults: z.array(fault),
  load: load.nullable(),
  exit_code: z.int(),
  exit_reasons: z.array(z.string()),
  get beside() {
    return z.object({ title: z.string(), result: resultSchema }).nullable();
  },
});

type Parsed = z.infer<typeof resultSchema>;
const toResult = (parsed: Parsed): RunResult => parsed;

/** The JSON Schema (draft 7) of a result; unknown properties are refused, since the schema carries a version. */
export function resultJsonSchema(): Record<string, unknown> {
  return {
    $id: 'urn:streamproof:result:1',
    title: RESULT_SCHEMA,
    ...z.toJSONSchema(resultSchema satisfies { readonly shape: Fields<RunResult> }, { target: 'draft-7' }),
  };
}

/** A saved result. @throws UsageError that names the fields that are wrong. */
export function parseResult(text: string, source: string): RunResult {
  const parsed = parseSaved(text, source, {
    schema: resultSchema,
    json_schema: resultJsonSchema(),
    name: `a result.json (schema ${RESULT_SCHEMA})`,
    remedy: 'Give one that streamproof wrote, or run again.',
  });
  return toResult(parsed);
}
