/**
 * Ends what a revoked key has opened, idle streams and tickets included. The store's hint makes it quick, the bounded
 * poll makes it certain, on every instance.
 */
import type { Principal, Revocations, Seams } from '../seams.ts';

export function createRevocations(parts: Pick<Seams, 'store'>): Revocations {
  const watchers = new Map<string, Set<() => void>>();

  return {
    watch(principal: Principal, end: () => void) {
      // A function of its own, so that the same `end` may be watched twice.
      const run = (): void => {
        end();
      };
      const { api_key_id } = principal;
      const same_key = watchers.get(api_key_id) ?? new Set();
      watchers.set(api_key_id, same_key.add(run));
      return () => {
        if (same_key.delete(run) && same_key.size === 0 && watchers.get(api_key_id) === same_key) {
          watchers.delete(api_key_id);
        }
      };
    },
    async check() {
      for (const [api_key_id, ends] of [...watchers]) {
        if (!(await parts.store.isRevoked(api_key_id))) continue;
        watchers.delete(api_key_id);
        for (const end of ends) end();
      }
    },
  };
}
