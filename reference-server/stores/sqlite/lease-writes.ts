/**
 * Writes to leases, on the writer thread: the moment is read inside the transaction that decides, so a request that
 * waited long in the queue is judged by when it took effect. A released row stays: the next epoch counts on from it.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Lease } from '../../locks/lock-manager.ts';
import { isSameBoot, type HostMoment } from './host-clock.ts';

export interface LeaseRow {
  readonly owner_id: string;
  /** null once released. */
  readonly owner_token: string | null;
  readonly epoch: number;
  readonly boot_id: string;
  readonly expires_at_monotonic_ms: number;
}

export function isLive(row: LeaseRow, { boot_id, monotonic_ms }: HostMoment): boolean {
  return row.owner_token !== null && monotonic_ms < row.expires_at_monotonic_ms && isSameBoot(row.boot_id, boot_id);
}

export const SELECT_LEASE = `
  select owner_id, owner_token, epoch, boot_id, expires_at_monotonic_ms from stream_locks where stream_id = ?`;

export function leaseWrites(db: Database, now: () => HostMoment) {
  const select = db.prepare<[string], LeaseRow>(SELECT_LEASE);
  const upsert = db.prepare(
    `insert or replace into stream_locks (stream_id, owner_id, owner_token, epoch, boot_id, expires_at_monotonic_ms)
     values (?, ?, ?, ?, ?, ?)`,
  );
  const extend = db.prepare(`update stream_locks set expires_at_monotonic_ms = ? where stream_id = ?`);
  const drop = db.prepare(`update stream_locks set owner_token = null where stream_id = ?`);
  const dropAll = db.prepare(
    `update stream_locks set owner_token = null where owner_id = ? and owner_token is not null`,
  );

  const isOurs = ({ stream_id, token }: Lease, moment: HostMoment): boolean => {
    const row = select.get(stream_id);
    return row?.owner_token === token && isLive(row, moment);
  };

  return {
    acquire(stream_id: string, owner_id: string, ttl_ms: number): Lease | null {
      const moment = now();
      const row = select.get(stream_id);
      if (row !== undefined && isLive(row, moment)) return null;
      const lease: Lease = { stream_id, owner_id, token: randomUUID(), epoch: (row?.epoch ?? 0) + 1 };
      upsert.run(stream_id, owner_id, lease.token, lease.epoch, moment.boot_id, moment.monotonic_ms + ttl_ms);
      return lease;
    },
    renew(lease: Lease, ttl_ms: number): boolean {
      const moment = now();
      const ours = isOurs(lease, moment);
      if (ours) extend.run(moment.monotonic_ms + ttl_ms, lease.stream_id);
      return ours;
    },
    release(lease: Lease): boolean {
      const ours = isOurs(lease, now());
      if (ours) drop.run(lease.stream_id);
      return ours;
    },
    releaseAll(owner_id: string): void {
      dropAll.run(owner_id);
    },
  };
}
