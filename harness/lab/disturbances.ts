import type { HookName } from '../target.ts';

/** Whether a hook puts a fault in force or ends one; null for the others. */
export function disturbanceOf(hook: HookName): 'fault' | 'heal' | null {
  if (hook === 'kill' || hook === 'terminate' || hook === 'pause') return 'fault';
  return hook === 'start' || hook === 'resume' ? 'heal' : null;
}

/** Which instances a check has disturbed and not yet healed: a connection that breaks meanwhile is the fault's doing. */
export class Disturbances {
  readonly #instances = new Set<number>();

  get inForce(): boolean {
    return this.#instances.size > 0;
  }

  note(disturbance: 'fault' | 'heal', instance: number): void {
    if (disturbance === 'fault') this.#instances.add(instance);
    else this.#instances.delete(instance);
  }
}
