/** The measures as result.json shows them, and as thresholds are judged by them. */
import type { MetricResult, Percentiles, ThresholdResult } from '../../harness/result.ts';
import { holds, type Threshold } from '../thresholds.ts';
import { METRICS, PHASES, TAG_VALUES, type MetricName, type MetricSpec } from './catalog.ts';
import type { Measures } from './measures.ts';
import type { QueueDepth, Source } from './queue-depth.ts';
import type { Tags, Trend, TrendView } from './trend.ts';

export interface Measured {
  readonly measures: Measures;
  readonly queue: QueueDepth;
  /** From the first event that was due to the end of publishing, or until now: rates of counters are per second of it. */
  readonly publishing_ms: number;
}

type Found =
  | { readonly kind: 'trend'; readonly trend: Trend }
  | { readonly kind: 'counter'; readonly count: number; readonly while_publishing: number }
  | { readonly kind: 'gauge'; readonly values: ReadonlyMap<Source, number> };

function find(name: MetricName, { measures, queue }: Measured): Found {
  const { trends, counters, counted_while_publishing } = measures;
  if (name in trends) return { kind: 'trend', trend: trends[name as keyof typeof trends] };
  if (name in counters) {
    const counter = name as keyof typeof counters;
    return { kind: 'counter', count: counters[counter], while_publishing: counted_while_publishing[counter] };
  }
  return { kind: 'gauge', values: name === 'queue_depth' ? queue.last : highest(queue, measures) };
}

/** The series looks at it more often than it is sampled. */
function highest({ max }: QueueDepth, { series }: Measures): ReadonlyMap<Source, number> {
  if (series.points.length === 0) return max;
  const seen = series.points.reduce((most, { queue_depth }) => Math.max(most, queue_depth), max.get('harness') ?? 0);
  return new Map([...max, ['harness', seen]]);
}

function gaugeValue(values: ReadonlyMap<Source, number>, tags: Tags): number | null {
  const selected = [...values].filter(([source]) => tags['source'] === undefined || tags['source'] === source);
  return selected.length === 0 ? null : Math.max(...selected.map(([, value]) => value));
}

export function phasesOf({ measures }: Measured): Readonly<Record<string, Percentiles>> {
  return Object.fromEntries(
    PHASES.flatMap((phase) => {
      const values = measures.trends.event_latency.select({ phase }).percentiles();
      return values === null ? [] : [[phase, values]];
    }),
  );
}

export function metricResults(measured: Measured): Readonly<Record<string, MetricResult>> {
  const names = Object.keys(METRICS) as MetricName[];
  return Object.fromEntries(names.map((name) => [name, metricResult(name, measured)]));
}

function metricResult(name: MetricName, measured: Measured): MetricResult {
  const found = find(name, measured);
  switch (found.kind) {
    case 'counter':
      return { kind: 'counter', value: found.count, percentiles: null, tagged: {} };
    case 'gauge':
      return {
        kind: 'gauge',
        value: gaugeValue(found.values, {}),
        percentiles: null,
        tagged: Object.fromEntries([...found.values].map(([source, value]) => [`source:${source}`, value])),
      };
    case 'trend':
      return {
        kind: 'trend',
        value: null,
        percentiles: found.trend.select().percentiles(),
        tagged: Object.fromEntries(
          METRICS[name].tags.flatMap((tag) =>
            TAG_VALUES[tag].flatMap((value) => {
              const percentiles = found.trend.select({ [tag]: value }).percentiles();
              return percentiles === null ? [] : [[`${tag}:${value}`, percentiles]];
            }),
          ),
        ),
      };
  }
}

export function judgeThreshold(threshold: Threshold, measured: Measured): ThresholdResult {
  const { expression, metric, aggregation, limit } = threshold;
  const value = valueOf(threshold, measured);
  const { unit }: MetricSpec = METRICS[metric];
  return {
    expression,
    metric,
    value,
    limit,
    unit: aggregation.kind === 'rate' ? 'per-second' : unit,
    ok: value !== null && holds(threshold, value),
  };
}

/** null: no samples. A counter without samples is 0. */
function valueOf({ metric, tags, aggregation }: Threshold, measured: Measured): number | null {
  const found = find(metric, measured);
  switch (found.kind) {
    case 'counter':
      return aggregation.kind === 'rate' ? perSecond(found.while_publishing, measured.publishing_ms) : found.count;
    case 'gauge':
      return gaugeValue(found.values, tags);
    case 'trend': {
      const view = found.trend.select(tags);
      return view.count === 0 ? null : aggregate(aggregation, view);
    }
  }
}

/** What nobody began to publish comes at no rate. */
function perSecond(count: number, publishing_ms: number): number {
  return publishing_ms === 0 ? 0 : (count / publishing_ms) * 1_000;
}

function aggregate(aggregation: Threshold['aggregation'], view: TrendView): number {
  switch (aggregation.kind) {
    case 'avg':
      return view.mean_ms();
    case 'min':
      return view.min_ms;
    case 'max':
      return view.max_ms;
    case 'med':
      return view.percentile(50);
    case 'percentile':
      return view.percentile(aggregation.percent);
    case 'count':
    case 'rate':
    case 'value':
      return view.count;
  }
}
