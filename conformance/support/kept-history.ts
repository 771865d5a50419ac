/** What a target that bounds its history still owes. */
import type { Lab } from '../../harness/lab.ts';
import { range } from './dense.ts';

/** `Unmet` where fewer than so many events of a stream are kept: what the check asks for may be gone by right. */
export function keeps(lab: Lab, events: number): void {
  const { history_limit } = lab.target.limits;
  const enough = history_limit === null || history_limit >= events;
  lab.given(enough, 'history-too-short', `of ${events} events limits.history_limit keeps ${history_limit ?? 'all'}`);
}

/**
 * The ids owed to a reader without a cursor, the newest being `last`: the newest `history_limit` at least. A server that
 * removes what is beyond them later shows more, and no gap.
 */
export function owedFromOldest(lab: Lab, seen: readonly number[], last: number): number[] {
  const { history_limit } = lab.target.limits;
  const oldest = Math.max(1, last - (history_limit ?? last) + 1);
  return range(Math.max(1, Math.min(oldest, seen[0] ?? oldest)), last);
}
