/** Every metric of a load run: what it is, in what unit, by which tags it is kept apart, and who can have it. */
import type { ThresholdResult } from '../../harness/result.ts';
import type { Target } from '../../harness/target.ts';

export type MetricKind = 'trend' | 'counter' | 'gauge';
export type TagName = 'phase' | 'mode' | 'source';

export const PHASES = ['steady', 'fault', 'replay', 'healed'] as const;
export type Phase = (typeof PHASES)[number];
export const MODES = ['sse', 'poll', 'long-poll'] as const;

export const TAG_VALUES: Readonly<Record<TagName, readonly string[]>> = {
  phase: PHASES,
  mode: MODES,
  source: ['target', 'harness'],
};

export interface MetricSpec {
  readonly kind: MetricKind;
  readonly unit: ThresholdResult['unit'];
  readonly tags: readonly TagName[];
  readonly meaning: string;
}

export const METRICS = {
  event_latency: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase', 'mode'],
    meaning: 'from the moment an event was due to be sent until a reader had it, waits for reconnects included',
  },
  event_latency_from_send: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase', 'mode'],
    meaning: 'the same from the moment it was really sent first',
  },
  event_latency_from_ack: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase', 'mode'],
    meaning: 'the same from its acknowledgement; negative where an event was received before it',
  },
  append_duration: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase'],
    meaning: 'from the moment an event was due to be sent until it was acknowledged, retries and failures included',
  },
  connect_duration: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase'],
    meaning: 'from the request of a stream to its headers, or until it broke or was given up without',
  },
  replay_duration: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase'],
    meaning: 'from the request of a stream until its reader had all that was acknowledged when it attached',
  },
  reconnect_gap: {
    kind: 'trend',
    unit: 'ms',
    tags: ['phase'],
    meaning: 'from the end of a stream that its reader did not want until it was attached again',
  },
  queue_depth: {
    kind: 'gauge',
    unit: 'count',
    tags: ['source'],
    meaning: 'events that the furthest reader is behind that is attached or was cut, at the last look',
  },
  queue_depth_max: { kind: 'gauge', unit: 'count', tags: ['source'], meaning: 'the highest queue_depth of the run' },
  reconnects: { kind: 'counter', unit: 'count', tags: [], meaning: 'streams taken up again by their readers' },
  published: { kind: 'counter', unit: 'count', tags: [], meaning: 'events acknowledged' },
  refused: {
    kind: 'counter',
    unit: 'count',
    tags: [],
    meaning: 'events that were due and that the target did not take',
  },
  unanswered: {
    kind: 'counter',
    unit: 'count',
    tags: [],
    meaning: 'events of which no answer says whether they were taken, although no fault was in force or healing',
  },
  delivered: { kind: 'counter', unit: 'count', tags: [], meaning: 'events that readers received' },
  lost: {
    kind: 'counter',
    unit: 'count',
    tags: [],
    meaning: 'acknowledged events that a reader entitled to them never got, by their payload, under whatever id',
  },
  duplicated: { kind: 'counter', unit: 'count', tags: [], meaning: 'events that one reader received again' },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;

/** Metrics of other drivers and targets; asking for one of them here is a question this run cannot answer. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  time_to_first_event: 'event_latency, which this run can measure because it knows when each event was sent',
  event_gap: 'event_latency, which this run can measure because it knows when each event was sent',
  time_to_done: 'event_latency and replay_duration',
  fanout_spread: 'event_latency',
};

/** Why the target (null: any) cannot have the metric with these tags; null when it can. */
export function unavailable(
  metric: string,
  tags: Readonly<Record<string, string>>,
  target: Pick<Target, 'capabilities' | 'instances'> | null,
): string | null {
  // Not `constructor` and its like, which every object has.
  const instead = Object.hasOwn(UNAVAILABLE, metric) ? UNAVAILABLE[metric] : undefined;
  if (instead !== undefined) return `this run does not measure ${metric}; it has ${instead}`;
  if (target === null) return null;
  if (tags['source'] === 'target' && !hasOwnMetrics(target)) {
    return `${metric}{source:target} needs the capability "metrics" and a metrics_url of an instance`;
  }
  if (tags['mode'] === 'long-poll' && !target.capabilities.has('long-poll')) {
    return `${metric}{mode:long-poll} needs the capability "long-poll"`;
  }
  return null;
}

export function hasOwnMetrics(target: Pick<Target, 'capabilities' | 'instances'>): boolean {
  return target.capabilities.has('metrics') && target.instances.some(({ metrics_url }) => metrics_url !== null);
}
