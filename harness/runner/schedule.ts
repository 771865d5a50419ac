import type { Check, Isolation } from '../check.ts';

/** Shared checks that run side by side, and as many patient ones beside them. More would make each other late. */
export const SHARED_CONCURRENCY = 6;

/** Shared ones first, while the target is untouched; disruptive ones last, so that they disturb nothing. */
export const PHASES: readonly Isolation[] = ['shared', 'timing', 'disruptive'];

/** Those that mostly wait have lanes of their own, so that nobody waits for them and they begin at once. */
export function lanesOf(shared: readonly Check[]): readonly (readonly Check[])[] {
  return [true, false].map((patient) => shared.filter((check) => (check.patient ?? false) === patient));
}

/** Calls `run` for every check of a phase: shared ones side by side, all others one after the other. */
export async function runPhase(
  checks: readonly Check[],
  isolation: Isolation,
  run: (check: Check) => Promise<void>,
): Promise<void> {
  if (isolation !== 'shared') return sideBySide(checks, 1, run);
  await Promise.all(lanesOf(checks).map((lane) => sideBySide(lane, SHARED_CONCURRENCY, run)));
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
