/** Runs a resolved plan beside a workload: each step waits for its trigger, bites, heals, and says what the wire showed. */
import { now } from '../harness/clock.ts';
import type { HistorySink } from '../harness/history.ts';
import type { FaultResult } from '../harness/result.ts';
import type { Target } from '../harness/target.ts';
import { networkFault } from './network-faults.ts';
import type { Plan, PlannedFault, PlanStep, Victim } from './plan.ts';
import { kill, NEVER_FIRED, pause, rollingRestart, terminate } from './process-faults.ts';
import type { Proxy } from './proxy.ts';
import { describeTrigger, type TriggerWatch } from './triggers.ts';
import { waitFor } from './wait.ts';

/** The run ended before its moment: nothing was done to the target. */
export function neverFired({ bit, evidence }: Pick<FaultResult, 'bit' | 'evidence'>): boolean {
  return !bit && evidence.startsWith(NEVER_FIRED);
}

export interface PlanRun {
  readonly target: Target;
  readonly watch: TriggerWatch;
  /** Where network faults go; without it they do not bite and say so. */
  readonly proxy?: Proxy;
  /** Told of every fault and heal. It should pass them on to `watch`, for triggers on `healed`. */
  readonly history: HistorySink;
  /** The workload is over: steps that have not fired never will, a fault under way heals at once. */
  readonly over: AbortSignal;
  /** Somebody wants no more of the run: not even what is under way begins with another instance. */
  readonly isStopped?: () => boolean;
}

/** All results in the order of the steps; a rolling restart gives one per instance. Never rejects for one fault. */
export async function runPlan(plan: Plan, run: PlanRun): Promise<FaultResult[]> {
  return (await Promise.all(plan.steps.map((step) => runStep(step, run)))).flat();
}

async function runStep(step: PlanStep, run: PlanRun): Promise<FaultResult[]> {
  const missed = (why: string): FaultResult[] => [
    { kind: step.fault.kind, target: describe(step.fault), at_ms: now(), healed_ms: null, bit: false, evidence: why },
  ];
  try {
    if (!(await run.watch.when(step.trigger, run.over))) {
      return missed(`${NEVER_FIRED}: the run ended before ${describeTrigger(step.trigger)}`);
    }
    return await inflict(step.fault, run);
  } catch (error) {
    return missed(error instanceof Error ? error.message : String(error));
  }
}

function describe(fault: PlannedFault): string {
  if (!('target' in fault)) return 'all';
  return 'instance' in fault.target ? `instance ${fault.target.instance}` : `owner of ${fault.target.owner_of}`;
}

async function victimOf(
  victim: Victim,
  run: PlanRun,
): Promise<{ readonly instance: number; readonly stream?: string }> {
  if ('instance' in victim) return { instance: victim.instance };
  const stream = run.watch.resolve(victim.owner_of);
  if (stream === null) throw new Error(`nothing was appended to stream ${victim.owner_of} yet, so it has no owner`);
  const owner = await run.target.hooks.ownerOf?.(stream);
  if (owner === null || owner === undefined) {
    throw new Error(
      `hooks.ownerOf: ${owner === null ? 'nobody owns' : 'not configured, cannot find the owner of'} ${stream}`,
    );
  }
  return { instance: owner.instance, stream };
}

async function inflict(fault: PlannedFault, run: PlanRun): Promise<FaultResult[]> {
  const { target, history, over, isStopped = () => false } = run;
  const onPhase = (kind: 'fault' | 'heal', at_ms: number, instance?: number): void => {
    const whom = instance === undefined ? describe(fault) : `instance ${instance}`;
    history.record({ kind, at_ms, fault: fault.kind, target: whom });
  };
  const common = { target, over, onPhase };
  switch (fault.kind) {
    case 'kill':
      return [await kill({ ...common, ...(await victimOf(fault.target, run)), down_ms: fault.down_ms })];
    case 'terminate':
      return [await terminate({ ...common, ...(await victimOf(fault.target, run)), down_ms: fault.down_ms })];
    case 'pause':
      return [await pause({ ...common, ...(await victimOf(fault.target, run)), for_ms: fault.for_ms })];
    case 'rolling-restart':
      return rollingRestart({ ...common, how: fault.how, down_ms: fault.down_ms, isStopped });
    case 'sever':
    case 'network':
      return [await inflictOnWire(fault, run, onPhase)];
  }
}

async function inflictOnWire(
  fault: Extract<PlannedFault, { readonly kind: 'sever' | 'network' }>,
  run: PlanRun,
  onPhase: (kind: 'fault' | 'heal', at_ms: number) => void,
): Promise<FaultResult> {
  if (run.proxy === undefined) throw new Error('this run has no proxy in front of its target');
  onPhase('fault', now());
  if (fault.kind === 'sever') {
    const result = run.proxy.sever(fault.how);
    onPhase('heal', now());
    return result;
  }
  const armed = run.proxy.arm(networkFault(fault.fault));
  await waitFor(fault.for_ms, [run.over]);
  armed.lift();
  onPhase('heal', now());
  return armed.result();
}
