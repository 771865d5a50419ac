/** What a run will do to its target, before it does anything. */
import type { Check } from '../check.ts';
import { costsOf } from '../lab/allowance.ts';
import { SHARED_CONCURRENCY } from './schedule.ts';

export interface Announcement {
  readonly checks: number;
  /** Upper bounds: a lab refuses what a check has not declared. */
  readonly streams: number;
  readonly connections: number;
  readonly disruptions: number;
}

/** `checks` are those whose needs are met; each runs `repeat` times. */
export function announce(checks: readonly Check[], repeat: number, max_streams: number): Announcement {
  const costs = checks.map((check) => ({ ...costsOf(check), shared: check.isolation === 'shared' }));
  const shared = costs.filter((cost) => cost.shared).map((cost) => cost.connections);
  const alone = costs.filter((cost) => !cost.shared).map((cost) => cost.connections);
  const sideBySide = shared.toSorted((left, right) => right - left).slice(0, SHARED_CONCURRENCY);
  return {
    checks: checks.length,
    streams: Math.min(max_streams, repeat * sum(costs.map((cost) => cost.streams))),
    connections: Math.max(0, sum(sideBySide), ...alone),
    disruptions: repeat * sum(costs.map((cost) => cost.disruptions)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
