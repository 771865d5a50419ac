/** What a run will do to its target, before it does anything. */
import type { Check } from '../check.ts';
import { costsOf } from '../lab/allowance.ts';
import { lanesOf, SHARED_CONCURRENCY } from './schedule.ts';

export interface Announcement {
  readonly checks: number;
  /** Upper bounds: a lab refuses what a check has not declared. */
  readonly streams: number;
  readonly connections: number;
  readonly disruptions: number;
}

/** `checks` are those whose needs are met; each runs `repeat` times. */
export function announce(checks: readonly Check[], repeat: number, max_streams: number): Announcement {
  const costs = checks.map(costsOf);
  const shared = lanesOf(checks.filter((check) => check.isolation === 'shared'));
  const alone = checks.filter((check) => check.isolation !== 'shared').map((check) => costsOf(check).connections);
  return {
    checks: checks.length,
    streams: Math.min(max_streams, repeat * sum(costs.map((cost) => cost.streams))),
    connections: Math.max(sum(shared.map(mostHeld)), ...alone),
    disruptions: repeat * sum(costs.map((cost) => cost.disruptions)),
  };
}

/** What the costliest of a lane that fit side by side hold. */
function mostHeld(lane: readonly Check[]): number {
  const connections = lane.map((check) => costsOf(check).connections);
  return sum(connections.toSorted((left, right) => right - left).slice(0, SHARED_CONCURRENCY));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
