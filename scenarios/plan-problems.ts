/** What a fault plan asks for that this target or a load cannot give: told before anything is started. */
import type { Plan, PlannedFault } from '../chaos/plan.ts';
import type { Trigger } from '../chaos/triggers.ts';
import type { HookName, Target } from '../harness/target.ts';
import type { Problem } from '../harness/usage-error.ts';

export function planProblems(
  plan: Plan,
  target: Pick<Target, 'instances' | 'hooks' | 'name'>,
  streams: number,
): Problem[] {
  return plan.steps.flatMap(({ fault, trigger }, index) => {
    const field = `steps[${String(index)}]`;
    return [...ofFault(fault, target, `${field}.fault`), ...ofTrigger(trigger, streams, `${field}.trigger`)];
  });
}

function ofFault(fault: PlannedFault, target: Pick<Target, 'instances' | 'hooks' | 'name'>, field: string): Problem[] {
  if (fault.kind === 'sever' || fault.kind === 'network') {
    const accepted = 'kill, terminate, pause, rolling-restart';
    return [{ field, found: fault.kind, accepted, remedy: 'A load reaches its target without a proxy: leave it out.' }];
  }
  const lacking = hooksOf(fault).filter((hook) => target.hooks[hook] === undefined);
  const last = target.instances.length - 1;
  const chosen = 'target' in fault && 'instance' in fault.target ? fault.target.instance : 0;
  return [
    ...(lacking.length === 0
      ? []
      : [
          {
            field,
            found: `${fault.kind}, but ${target.name} has no hook ${lacking.join(', ')}`,
            accepted: 'faults whose hooks are configured',
            remedy: 'Configure them under `hooks`, or leave the step out.',
          },
        ]),
    ...(chosen <= last
      ? []
      : [
          {
            field: `${field}.target.instance`,
            found: String(chosen),
            accepted: `0 to ${String(last)}: ${target.name} has ${String(target.instances.length)} instances`,
            remedy: 'Take a plan of a run against as many instances.',
          },
        ]),
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

/** The load calls its streams #1, #2 and so on; their ids are known only once they are started. */
function ofTrigger(trigger: Trigger, streams: number, field: string): Problem[] {
  if (trigger.on === 'sequence') {
    return trigger.of.flatMap((step, index) => ofTrigger(step, streams, `${field}.of[${String(index)}]`));
  }
  if (!('stream' in trigger)) return [];
  const known = Array.from({ length: streams }, (_, index) => `#${String(index + 1)}`);
  if (known.includes(trigger.stream)) return [];
  const accepted = `#1 to #${String(streams)}`;
  return [{ field: `${field}.stream`, found: JSON.stringify(trigger.stream), accepted, remedy: 'Take one of these.' }];
}
