/**
 * Thresholds in k6's grammar: `metric{tag:value}: aggregation operator number`, with units on durations allowed.
 * Trend: avg, min, med, max, p(N). Counter: count, rate. Gauge: value.
 */
import { suggest, UsageError, type Problem } from '../harness/usage-error.ts';
import type { Target } from '../harness/target.ts';
import { METRICS, TAG_VALUES, unavailable, type MetricName, type MetricSpec, type TagName } from './metrics/catalog.ts';
import type { Tags } from './metrics/trend.ts';

export type Aggregation =
  | { readonly kind: 'avg' | 'min' | 'med' | 'max' | 'count' | 'rate' | 'value' }
  | { readonly kind: 'percentile'; readonly percent: number };

export const OPERATORS = ['<=', '>=', '===', '==', '!=', '<', '>'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Threshold {
  /** As written, without blanks around it. */
  readonly expression: string;
  readonly metric: MetricName;
  readonly tags: Tags;
  readonly aggregation: Aggregation;
  readonly operator: Operator;
  /** In the metric's unit. */
  readonly limit: number;
  /** Once it is breached the run ends early, but not on what was measured before `after_ms`; null: it does not. */
  readonly abort: { readonly after_ms: number } | null;
}

/** A threshold as somebody wrote it. */
export interface ThresholdText {
  /** How messages call it: the option or the config's field. */
  readonly field: string;
  readonly expression: string;
  /** k6's `abortOnFail`. Default: false. */
  readonly abort_on_fail?: boolean;
  /** k6's `delayAbortEval`, e.g. `10s`. */
  readonly delay_abort_eval?: string | undefined;
}

const FORM = 'metric{tag:value}: aggregation operator number';
const AGGREGATIONS: Readonly<Record<MetricSpec['kind'], readonly string[]>> = {
  trend: ['avg', 'min', 'med', 'max', 'p(N)'],
  counter: ['count', 'rate'],
  gauge: ['value'],
};
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
]);

/** Who a metric can be asked of; null: any target. */
export type Measurable = Pick<Target, 'capabilities' | 'instances'> | null;

/** Reads them all. Without a target all metrics are taken to be there. @throws UsageError with every problem of every one. */
export function parseThresholds(texts: readonly ThresholdText[], target: Measurable): Threshold[] {
  const problems: Problem[] = [];
  const thresholds = texts.flatMap((text): Threshold[] => {
    try {
      return [parse(text, target)];
    } catch (error) {
      if (!(error instanceof Bad)) throw error;
      problems.push(error.problem);
      return [];
    }
  });
  if (problems.length > 0) throw new UsageError(problems);
  return thresholds;
}

class Bad extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.found);
    this.problem = problem;
  }
}

function parse(written: ThresholdText, target: Measurable): Threshold {
  const text = written.expression.trim();
  const field = `${written.field} ${JSON.stringify(text)}`;
  const bad = (found: string, accepted: string, remedy: string): Bad => new Bad({ field, found, accepted, remedy });
  const match = /^([A-Za-z_]\w*)\s*(?:\{([^}]*)\})?\s*:(.*)$/s.exec(text);
  const [, name, tagText, assertion] = match ?? [];
  if (name === undefined || assertion === undefined) {
    throw bad('no metric and colon', FORM, "For example 'event_latency{phase:fault}: p(95)<1s'.");
  }
  const names = Object.keys(METRICS);
  const tags = readTags(tagText, bad);
  const why = unavailable(name, tags, target);
  if (why !== null)
    throw bad(why, names.filter((entry) => unavailable(entry, {}, target) === null).join(', '), 'Take one of these.');
  if (!isMetric(name)) {
    throw bad(`metric ${JSON.stringify(name)}`, names.join(', '), suggest(name, names, 'Take one of these.'));
  }
  checkTags(name, tags, bad);
  const abort = readAbort(written, bad);
  return { expression: text, metric: name, tags, ...readAssertion(name, assertion.trim(), bad), abort };
}

function readAbort({ abort_on_fail = false, delay_abort_eval }: ThresholdText, bad: Complain): Threshold['abort'] {
  if (delay_abort_eval === undefined) return abort_on_fail ? { after_ms: 0 } : null;
  if (abort_on_fail) return { after_ms: readNumber(delay_abort_eval.trim(), true, bad) };
  throw bad('delayAbortEval without abortOnFail', 'it beside abortOnFail: true', 'Add abortOnFail, or leave it out.');
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

type Complain = (found: string, accepted: string, remedy: string) => Bad;

function readTags(text: string | undefined, bad: Complain): Tags {
  if (text === undefined) return {};
  const entries = text.split(',').map((entry): [string, string] => {
    const match = /^\s*([\w-]+)\s*:\s*([\w-]+)\s*$/.exec(entry);
    if (match?.[1] === undefined || match[2] === undefined) {
      throw bad(`tag ${JSON.stringify(entry)}`, '{tag:value} or {tag:value,tag:value}', 'For example {phase:fault}.');
    }
    return [match[1], match[2]];
  });
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw bad(`tag "${twice}" twice`, 'each tag once', 'Leave one of them out.');
  return Object.fromEntries(entries);
}

function checkTags(metric: MetricName, tags: Tags, bad: Complain): void {
  const known: readonly string[] = METRICS[metric].tags;
  for (const [name, value] of Object.entries(tags)) {
    if (!known.includes(name)) {
      const accepted = known.length === 0 ? `no tags on ${metric}` : known.join(', ');
      throw bad(`tag ${JSON.stringify(name)}`, accepted, suggest(name, known, 'Leave it out.'));
    }
    const values = TAG_VALUES[name as TagName];
    if (!values.includes(value)) {
      throw bad(`${name}:${value}`, values.join(', '), suggest(value, values, 'Take one of these.'));
    }
  }
}

function readAssertion(
  metric: MetricName,
  text: string,
  bad: Complain,
): Pick<Threshold, 'aggregation' | 'operator' | 'limit'> {
  const { kind, unit }: MetricSpec = METRICS[metric];
  const accepted = AGGREGATIONS[kind];
  const match = /^([a-z]+(?:\([^)]*\))?)\s*(<=|>=|===|==|!=|<|>)\s*(.+)$/i.exec(text);
  const [, method, operator, value] = match ?? [];
  if (method === undefined || operator === undefined || value === undefined) {
    throw bad(
      JSON.stringify(text),
      `${accepted.join(', ')}, then one of ${OPERATORS.join(' ')}, then a number`,
      `For example ${kind === 'trend' ? 'p(95)<1s' : `${accepted[0] ?? ''}==0`}.`,
    );
  }
  const aggregation = readAggregation(method, accepted, `${kind} ${metric}`, bad);
  // A rate is per second, which is no duration.
  const limit = readNumber(value.trim(), unit === 'ms', bad);
  return { aggregation, operator: operator as Operator, limit };
}

function readAggregation(method: string, accepted: readonly string[], whose: string, bad: Complain): Aggregation {
  const percentile = /^p\(\s*(\d+(?:\.\d+)?)\s*\)$/.exec(method);
  if (accepted.includes('p(N)') && percentile !== null) {
    const percent = Number(percentile[1]);
    if (percent <= 100) return { kind: 'percentile', percent };
  }
  const plain = accepted.find((entry) => entry === method && entry !== 'p(N)');
  if (plain !== undefined) return { kind: plain as Exclude<Aggregation['kind'], 'percentile'> };
  const remedy = accepted.includes('p(N)') && method.startsWith('p') ? 'N is a number from 0 to 100.' : undefined;
  throw bad(
    `aggregation ${JSON.stringify(method)}`,
    `${accepted.join(', ')} on the ${whose}`,
    remedy ?? suggest(method, accepted, 'Take one of these.'),
  );
}

function readNumber(text: string, isDuration: boolean, bad: Complain): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-zµ%]*)$/.exec(text);
  const factor = match?.[2] === '' ? 1 : isDuration ? UNITS_MS.get(match?.[2] ?? '') : undefined;
  if (match !== null && factor !== undefined) return Number(match[1]) * factor;
  const accepted = isDuration ? 'a number of milliseconds, or with us, ms, s or m' : 'a number without unit';
  throw bad(JSON.stringify(text), accepted, isDuration ? 'For example 500ms.' : 'For example 0.');
}

/** Whether the value keeps the threshold. */
export function holds({ operator, limit }: Pick<Threshold, 'operator' | 'limit'>, value: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
    case '===':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

/** The lowest bound on a duration: what the generator's own lateness is measured against. null: there is none. */
export function tightestLatencyMs(thresholds: readonly Threshold[]): number | null {
  const limits = thresholds
    .filter(({ metric, operator }) => METRICS[metric].unit === 'ms' && operator.startsWith('<'))
    .map(({ limit }) => limit);
  return limits.length === 0 ? null : Math.min(...limits);
}

/**
 * What p95 of event latency must keep for the target to count as healed: the tightest bound that the budgets put on it
 * (one on a higher percentile or on the maximum bounds p95 too). One on a median, a mode or on replays says nothing of
 * it. null: there is none.
 */
export function healedLatencyMs(thresholds: readonly Threshold[]): number | null {
  return tightestLatencyMs(
    thresholds.filter(({ metric, tags, aggregation }) => {
      const boundsP95 = aggregation.kind === 'max' || (aggregation.kind === 'percentile' && aggregation.percent >= 95);
      return metric === 'event_latency' && boundsP95 && tags['mode'] === undefined && tags['phase'] !== 'replay';
    }),
  );
}
