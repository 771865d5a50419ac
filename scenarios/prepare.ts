/** Checks everything a run asks for before the target is touched. */
import { resolvePlan, type Plan } from '../chaos/plan.ts';
import { isOnThisMachine, type Permission } from '../harness/runner/needs.ts';
import type { Target } from '../harness/target.ts';

import { UsageError, type Problem } from '../harness/usage-error.ts';
import { Random } from '../spec/random.ts';
import type { Scenario, Workload } from './scenario.ts';
import { planProblems } from './plan-problems.ts';
import { gatherThresholds, type ThresholdSources } from './threshold-sources.ts';
import type { Threshold } from './thresholds.ts';

/** Events of one run: what the measures keep of each must fit into memory. */
const MAX_EVENTS = 2_000_000;
/** Below this there is no room for the faults and for what is after them. */
const SHORTEST_MS = 2_000;

export interface PrepareOptions {
  readonly scenario: Scenario;
  readonly target: Target;
  readonly seed: number;
  /** Default: the scenario's. */
  readonly duration_ms?: number;
  /** Above the scenario's. */
  readonly thresholds?: Omit<ThresholdSources, 'scenario'>;
  /** A resolved plan to replay, instead of the scenario's. */
  readonly plan?: Plan;
  readonly permission?: Permission;
}

export interface PreparedScenario {
  readonly scenario: Scenario;
  readonly target: Target;
  readonly seed: number;
  readonly duration_ms: number;
  readonly thresholds: readonly Threshold[];
  readonly plan: Plan;
}

/** @throws UsageError for a threshold that cannot be read or measured, or a target that lacks what the scenario needs. */
export function prepareScenario(options: PrepareOptions): PreparedScenario {
  const { scenario, target, seed } = options;
  const duration_ms = options.duration_ms ?? scenario.duration_ms;
  const asked = options.thresholds ?? { config: {}, command_line: [], abort_on_fail: false };
  const thresholds = gatherThresholds({ ...asked, scenario: scenario.thresholds }, target);
  const problems = [
    ...missing(scenario, target, options.permission ?? { remote_faults: false }),
    ...durationProblems(scenario, duration_ms),
    ...tooMuch(scenario, target),
    ...tooLong(scenario, target, duration_ms),
  ];
  if (problems.length > 0) throw new UsageError(problems, `scenario ${scenario.name}`);
  const scale = {
    instances: target.instances.length,
    events_per_stream: Math.floor((duration_ms / 1_000) * scenario.workload.events_per_second),
  };
  const plan = options.plan ?? resolvePlan(scenario.faults(scale), new Random(seed).fork('faults'));
  const unplayable = planProblems(plan, target, scenario.workload.streams);
  if (unplayable.length > 0) throw new UsageError(unplayable, `fault plan of ${scenario.name}`);
  return { scenario, target, seed, duration_ms, thresholds, plan };
}

/** What the target lacks. */
function missing(scenario: Scenario, target: Target, permission: Permission): Problem[] {
  const { operations, capabilities, hooks, instances, safety } = scenario.needs;
  const lacks = (field: string, names: readonly string[], found: readonly string[], remedy: string): Problem[] =>
    names.length === 0
      ? []
      : [
          {
            field,
            found: `${list(found)} on ${target.name}`,
            accepted: `a target that also has ${list(names)}, which ${scenario.name} needs`,
            remedy,
          },
        ];
  const without = <Name extends string>(names: readonly Name[], has: (name: Name) => boolean): Name[] =>
    names.filter((name) => !has(name));
  return [
    ...lacks(
      'capabilities',
      without(capabilities, (name) => target.capabilities.has(name)),
      [...target.capabilities].filter((name) => name === 'volatile'),
      'A volatile server forgets everything when it is killed: take one that is durable, e.g. --self --store sqlite.',
    ),
    ...lacks(
      'operations',
      without(operations, (name) => target.dialect.operations.has(name)),
      [...target.dialect.operations],
      'Declare them where the server has them.',
    ),
    ...(target.instances.length >= instances
      ? []
      : [
          {
            field: 'instances',
            found: `${String(target.instances.length)} on ${target.name}`,
            accepted: `the direct addresses of at least ${String(instances)} instances`,
            remedy: 'One is killed while the others serve: list them under `instances`.',
          },
        ]),
    ...lacks(
      'hooks',
      without(hooks, (name) => target.hooks[name] !== undefined),
      Object.keys(target.hooks),
      'Configure them, or let `start` run the instances.',
    ),
    ...lacks(
      'safety.allow',
      without(safety, (name) => target.safety.allow.has(name)),
      [...target.safety.allow],
      'Add them to safety.allow if this target may be loaded and disrupted.',
    ),
    ...(permission.remote_faults || isOnThisMachine(target.url)
      ? []
      : [
          {
            field: 'url',
            found: target.url.host,
            accepted: 'a target on this machine',
            remedy: 'Pass --allow-remote-faults to disrupt it.',
          },
        ]),
  ];
}

type Bound = readonly [field: string, found: string, accepted: string, isBroken: boolean];

/** Whatever the target: what is wrong with the time that is asked for. */
export function durationProblems({ workload }: Scenario, duration_ms: number): Problem[] {
  const events = Math.ceil((duration_ms / 1_000) * workload.streams * workload.events_per_second);
  return broken([
    ['--duration', `${String(duration_ms)} ms`, `at least ${String(SHORTEST_MS)} ms`, duration_ms < SHORTEST_MS],
    ['--duration', `${String(events)} events`, `at most ${String(MAX_EVENTS)} events`, events > MAX_EVENTS],
  ]);
}

/** Once all readers are there. What a target makes them try again comes on top. */
function requestsPerSecond({ streams, events_per_second, subscribers, pollers }: Workload, target: Target): number {
  const every = (count: number, interval_ms: number): number => (count === 0 ? 0 : (count * 1_000) / interval_ms);
  const { reconnecting, reconnect_every_ms, away_ms } = subscribers;
  const { poll, long_poll, interval_ms } = pollers;
  // A long poll is over at an event, or when its time is.
  const news_ms = target.capabilities.has('long-poll') ? 1_000 / events_per_second : interval_ms;
  return Math.ceil(
    streams * events_per_second +
      every(streams * reconnecting, reconnect_every_ms + away_ms) +
      every(poll, interval_ms) +
      every(long_poll, Math.min(interval_ms, news_ms)),
  );
}

function tooMuch({ workload }: Scenario, target: Target): Problem[] {
  const rate = requestsPerSecond(workload, target);
  return broken([
    [
      'safety.max_streams',
      String(target.safety.max_streams),
      `at least ${String(workload.streams)}`,
      workload.streams > target.safety.max_streams,
    ],
    [
      'safety.max_rps',
      String(target.safety.max_rps),
      `at least ${String(rate)} requests a second`,
      rate > target.safety.max_rps,
    ],
  ]);
}

/** What is removed while late readers still ask for it would look lost. */
function tooLong({ workload }: Scenario, { limits }: Target, duration_ms: number): Problem[] {
  const { history_limit } = limits;
  const events = Math.ceil((duration_ms / 1_000) * workload.events_per_second) + 1;
  if (history_limit === null || events <= history_limit) return [];
  const longest_s = Math.floor((history_limit - 1) / workload.events_per_second);
  return [
    {
      field: '--duration',
      found: `${String(events)} events a stream, of which this target keeps ${String(history_limit)} (limits.history_limit)`,
      accepted: 'a run whose streams fit into the kept history',
      remedy: `Ask for at most ${String(longest_s)} s.`,
    },
  ];
}

function broken(bounds: readonly Bound[]): Problem[] {
  return bounds.flatMap(([field, found, accepted, isBroken]) =>
    isBroken ? [{ field, found, accepted, remedy: 'Change it.' }] : [],
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
