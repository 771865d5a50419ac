/**
 * How many events of the counted types a stream ever had, for snapshots of a store that prunes: what is gone cannot be
 * counted any more, so it is counted when it is appended. A store that keeps everything needs none of this.
 */
import type { Store } from '../stores/store.ts';

export const COUNTED_TYPES = ['agent_chunk', 'insight_emitted'] as const;
export type TypeCounts = Readonly<Record<(typeof COUNTED_TYPES)[number], number>>;

/** Of a list of events; what is never pruned is counted by reading it. */
export function countTypes(events: readonly { readonly type: string }[]): TypeCounts {
  const counts = { agent_chunk: 0, insight_emitted: 0 };
  for (const { type } of events) if (type === 'agent_chunk' || type === 'insight_emitted') counts[type] += 1;
  return counts;
}

export interface CountedStore {
  readonly store: Store;
  /** Ever appended through this store; null when nothing is known of the stream. */
  counts(job_id: string): TypeCounts | null;
}

export function withTypeCounts(inner: Store): CountedStore {
  const totals = new Map<string, TypeCounts>();

  const store: Store = {
    ...inner,
    async append(job_id, events, options) {
      const outcome = await inner.append(job_id, events, options);
      if (outcome.kind === 'appended') {
        const before = totals.get(job_id) ?? countTypes([]);
        const more = countTypes(events);
        totals.set(job_id, {
          agent_chunk: before.agent_chunk + more.agent_chunk,
          insight_emitted: before.insight_emitted + more.insight_emitted,
        });
      }
      return outcome;
    },
    async remove(job_id) {
      totals.delete(job_id);
      return inner.remove(job_id);
    },
    async sweep(before_ms) {
      const removed = await inner.sweep(before_ms);
      if (removed > 0) for (const id of totals.keys()) if ((await inner.job(id)) === null) totals.delete(id);
      return removed;
    },
  };
  return { store, counts: (job_id) => totals.get(job_id) ?? null };
}
