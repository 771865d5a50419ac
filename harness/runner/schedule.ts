import type { Check, Isolation } from '../check.ts';

/** Shared checks that run side by side. More would make each other's timing worse on a small machine. */
export const SHARED_CONCURRENCY = 6;

/** Shared ones first, while the target is untouched; disruptive ones last, so that they disturb nothing. */
export const PHASES: readonly Isolation[] = ['shared', 'timing', 'disruptive'];

/** Those that mostly wait begin first, so that nobody waits for them at the end; else in order. */
export function patientFirst(checks: readonly Check[]): Check[] {
  return [...checks.filter(({ patient }) => patient === true), ...checks.filter(({ patient }) => patient !== true)];
}

/** Calls `run` for every item, at most `width` at a time, in order of the list. Rejects with the first rejection. */
export async function sideBySide<Item>(
  items: readonly Item[],
  width: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lanes = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const item of queue) await run(item);
  });
  await Promise.all(lanes);
}
