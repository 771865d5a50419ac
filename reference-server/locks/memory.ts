/** Leases of one process, for a single instance. Two processes with these locks are the `double-processing` bug. */
import { randomUUID } from 'node:crypto';
import { createLockManager, type LeaseTable, type LockOptions } from './lease-table.ts';
import type { Lease, LockManager } from './lock-manager.ts';

interface Entry {
  readonly lease: Lease;
  /** By the table's clock; 0 once released. The entry stays, because the next epoch counts on from it. */
  readonly expires_at_ms: number;
}

/** `now_ms` must never jump: by default the process's monotonic clock. */
export function createMemoryLeaseTable(now_ms: () => number = () => performance.now()): LeaseTable {
  const entries = new Map<string, Entry>();

  const live = (stream_id: string): Lease | null => {
    const entry = entries.get(stream_id);
    return entry !== undefined && now_ms() < entry.expires_at_ms ? entry.lease : null;
  };
  const isLive = (lease: Lease): boolean => live(lease.stream_id)?.token === lease.token;
  const hold = (lease: Lease, expires_at_ms: number): Lease => {
    entries.set(lease.stream_id, { lease, expires_at_ms });
    return lease;
  };

  return {
    async acquire(stream_id, owner_id, ttl_ms) {
      if (live(stream_id) !== null) return null;
      const epoch = (entries.get(stream_id)?.lease.epoch ?? 0) + 1;
      return hold({ stream_id, owner_id, token: randomUUID(), epoch }, now_ms() + ttl_ms);
    },
    async renew(lease, ttl_ms) {
      const ours = isLive(lease);
      if (ours) hold(lease, now_ms() + ttl_ms);
      return ours;
    },
    async release(lease) {
      const ours = isLive(lease);
      if (ours) hold(lease, 0);
      return ours;
    },
    async releaseAll(owner_id) {
      for (const { lease } of entries.values()) if (lease.owner_id === owner_id) hold(lease, 0);
    },
    async holder(stream_id) {
      const lease = live(stream_id);
      return lease === null ? null : { owner_id: lease.owner_id, epoch: lease.epoch };
    },
  };
}

export function createMemoryLocks(options: LockOptions, table: LeaseTable = createMemoryLeaseTable()): LockManager {
  return createLockManager(table, options);
}
