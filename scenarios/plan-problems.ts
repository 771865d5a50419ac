/** What a fault plan asks for that this target or a load cannot give: told before anything is started. */
import type { Plan, PlannedFault } from '../chaos/plan.ts';
import type { Trigger } from '../chaos/triggers.ts';
import type { HookName, Target } from '../harness/target.ts';
import type { Problem } from '../harness/usage-error.ts';

type Played = Pick<Target, 'instances' | 'hooks' | 'name'>;

export function planProblems(plan: Plan, target: Played, streams: number): Problem[] {
  return plan.steps.flatMap(({ fault, trigger }, index) => {
    const field = `steps[${String(index)}]`;
    return [
      ...ofFault(fault, target, streams, `${field}.fault`),
      ...ofTrigger(trigger, target, streams, `${field}.trigger`),
    ];
  });
}

function ofFault(fault: PlannedFault, target: Played, streams: number, field: string): Problem[] {
  if (fault.kind === 'sever' || fault.kind === 'network') {
    const accepted = 'kill, terminate, pause, rolling-restart';
    return [{ field, found: fault.kind, accepted, remedy: 'A load reaches its target without a proxy: leave it out.' }];
  }
  const victim = 'target' in fault ? fault.target : null;
  return [
    ...ofHooks(fault.kind, hooksOf(fault), target, field),
    ...(victim !== null && 'instance' in victim ? ofInstance(victim.instance, target, `${field}.target.instance`) : []),
    ...(victim !== null && 'owner_of' in victim ? ofStream(victim.owner_of, streams, `${field}.target.owner_of`) : []),
  ];
}

function ofTrigger(trigger: Trigger, target: Played, streams: number, field: string): Problem[] {
  if (trigger.on === 'sequence') {
    return trigger.of.flatMap((step, index) => ofTrigger(step, target, streams, `${field}.of[${String(index)}]`));
  }
  return [
    ...(trigger.on === 'owner'
      ? [
          ...ofHooks('a trigger on an owner', ['ownerOf'], target, field),
          ...ofInstance(trigger.instance, target, `${field}.instance`),
        ]
      : []),
    ...('stream' in trigger ? ofStream(trigger.stream, streams, `${field}.stream`) : []),
  ];
}

function hooksOf(fault: Exclude<PlannedFault, { readonly kind: 'sever' | 'network' }>): HookName[] {
  const owner: HookName[] = 'target' in fault && 'owner_of' in fault.target ? ['ownerOf'] : [];
  switch (fault.kind) {
    case 'kill':
    case 'terminate':
      return [fault.kind, 'start', ...owner];
    case 'pause':
      return ['pause', 'resume', ...owner];
    case 'rolling-restart':
      return [fault.how, 'start'];
  }
}

function ofHooks(what: string, needed: readonly HookName[], { hooks, name }: Played, field: string): Problem[] {
  const lacking = needed.filter((hook) => hooks[hook] === undefined);
  if (lacking.length === 0) return [];
  return [
    {
      field,
      found: `${what}, but ${name} has no hook ${lacking.join(', ')}`,
      accepted: 'faults and triggers whose hooks are configured',
      remedy: 'Configure them under `hooks`, or leave the step out.',
    },
  ];
}

function ofInstance(chosen: number, { instances, name }: Played, field: string): Problem[] {
  const last = instances.length - 1;
  if (chosen <= last) return [];
  return [
    {
      field,
      found: String(chosen),
      accepted: `0 to ${String(last)}: ${name} has ${String(instances.length)} instances`,
      remedy: 'Take a plan of a run against as many instances.',
    },
  ];
}

/** The load calls its streams #1, #2 and so on; their ids are known only once they are started. */
function ofStream(stream: string, streams: number, field: string): Problem[] {
  const known = Array.from({ length: streams }, (_, index) => `#${String(index + 1)}`);
  if (known.includes(stream)) return [];
  return [
    { field, found: JSON.stringify(stream), accepted: `#1 to #${String(streams)}`, remedy: 'Take one of these.' },
  ];
}
