/** Ids a reader was given, compared with those it was owed. */
import type { ViolationDetails } from '../../harness/check.ts';
import type { Subscription } from '../../harness/lab.ts';
import type { Target } from '../../harness/target.ts';

export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

export function idsOf(subscription: Pick<Subscription, 'events'>): number[] {
  return subscription.events.map(({ id }) => id);
}

/** What came after the cursor; behind it something may come again where the target declares that (`at_least_once`). */
export function resumedIds(
  { target }: { readonly target: Pick<Target, 'at_least_once'> },
  subscription: Pick<Subscription, 'events'>,
  cursor: number,
): number[] {
  const ids = idsOf(subscription);
  const fresh = ids.findIndex((id) => id > cursor);
  return target.at_least_once ? ids.slice(fresh < 0 ? ids.length : fresh) : ids;
}

export function sameIds(seen: readonly number[], owed: readonly number[]): boolean {
  return seen.length === owed.length && seen.every((id, index) => id === owed[index]);
}

/** What differs first: the missing, doubled or misplaced id that shows it. */
export function difference(
  seen: readonly number[],
  owed: readonly number[],
): { readonly kind: string; readonly id: number } {
  const counts = new Map<number, number>();
  for (const id of seen) counts.set(id, (counts.get(id) ?? 0) + 1);
  const doubled = seen.find((id) => (counts.get(id) ?? 0) > 1);
  if (doubled !== undefined) return { kind: 'doubled', id: doubled };
  const missing = owed.find((id) => !counts.has(id));
  if (missing !== undefined) return { kind: 'missing', id: missing };
  const extra = seen.find((id) => !owed.includes(id));
  if (extra !== undefined) return { kind: 'unexpected', id: extra };
  return { kind: 'misplaced', id: seen.find((id, index) => id !== owed[index]) ?? 0 };
}

/** Details of a violation for a reader that got other ids than it was owed. */
export function wrongIds(
  reason: string,
  what: string,
  seen: readonly number[],
  owed: readonly number[],
  exchanges: readonly number[],
): ViolationDetails {
  const { kind, id } = difference(seen, owed);
  return {
    reason,
    expected: `${what}: events ${compact(owed)}`,
    observed: seen.length === 0 ? 'no event' : `event ${id} ${kind}: events ${compact(seen)}`,
    evidence: { kind, id, seen_count: seen.length, owed_count: owed.length, cursor: (owed[0] ?? 1) - 1 },
    exchanges,
  };
}

/** `1–4, 6, 8–9`; long lists are cut. */
export function compact(ids: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < ids.length;) {
    let end = index;
    while (ids[end + 1] === (ids[end] ?? 0) + 1) end += 1;
    parts.push(end === index ? String(ids[index]) : `${ids[index] ?? 0}–${ids[end] ?? 0}`);
    index = end + 1;
  }
  return parts.length <= 12 ? parts.join(', ') : `${parts.slice(0, 12).join(', ')}, … (${ids.length} in all)`;
}
