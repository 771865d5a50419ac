/** A scenario is data: who publishes and reads, what is done to the target meanwhile, and within what it must stay. */
import type { PlanDraft } from '../chaos/plan.ts';
import type { SafetyAction, HookName } from '../harness/target.ts';
import type { Operation, Capability } from '../spec/capabilities.ts';

/** Readers of each stream. All reconnect with their cursor when they are cut. */
export interface SubscriberMix {
  /** Attached from the first event on. */
  readonly live: number;
  /** Join while the stream runs, spread between these shares of the run, and replay what they missed. */
  readonly late: number;
  readonly late_between: readonly [from: number, to: number];
  /** Close their stream of their own will every `reconnect_every_ms` and come back `away_ms` later. */
  readonly reconnecting: number;
  readonly reconnect_every_ms: number;
  readonly away_ms: number;
}

export interface PollerMix {
  readonly poll: number;
  /** Only where the target declares `long-poll`; else they poll. */
  readonly long_poll: number;
  /** Pause between two polls; a long poll waits as long. */
  readonly interval_ms: number;
}

export interface Workload {
  /** Streams are spread over so many of the target's accounts, as far as it has them. */
  readonly accounts: number;
  readonly streams: number;
  /** Open model: events are due at this rate per stream whatever the target does. */
  readonly events_per_second: number;
  /** Filler text of one event, both ends included. */
  readonly payload_bytes: readonly [low: number, high: number];
  /** Of each stream. */
  readonly subscribers: SubscriberMix;
  /** Of the whole run, spread over the streams. */
  readonly pollers: PollerMix;
}

/** What a fault plan may be scaled to. */
export interface Scale {
  readonly instances: number;
  /** Of one stream, until the planned end. */
  readonly events_per_stream: number;
}

export interface ScenarioNeeds {
  readonly operations: readonly Operation[];
  readonly capabilities: readonly Capability[];
  readonly hooks: readonly HookName[];
  readonly instances: number;
  readonly safety: readonly SafetyAction[];
}

export interface Scenario {
  /** kebab-case, unique, stable. */
  readonly name: string;
  /** What it does in one sentence. */
  readonly title: string;
  /** Unless --duration says otherwise. */
  readonly duration_ms: number;
  readonly needs: ScenarioNeeds;
  readonly workload: Workload;
  readonly faults: (scale: Scale) => PlanDraft;
  /** In the grammar of thresholds.ts; those of the command line come on top. */
  readonly thresholds: readonly string[];
}

export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}
