/**
 * Where leases are kept, and the one lock manager over it. A table decides by its own clock, inside its own atomic
 * step, so that neither a slow caller nor a wall clock that jumps gives a stream two owners.
 */
import type { Lease, LockManager } from './lock-manager.ts';

export interface LeaseTable {
  acquire(stream_id: string, owner_id: string, ttl_ms: number): Promise<Lease | null>;
  renew(lease: Lease, ttl_ms: number): Promise<boolean>;
  release(lease: Lease): Promise<boolean>;
  releaseAll(owner_id: string): Promise<void>;
  holder(stream_id: string): Promise<Pick<Lease, 'owner_id' | 'epoch'> | null>;
}

export interface LockOptions {
  readonly owner_id: string;
  /** How long a lease lives without a renewal. */
  readonly ttl_ms: number;
}

/** `close` leaves leases as they are (they run out); whoever stops in order calls `releaseAll` first. */
export function createLockManager(table: LeaseTable, { owner_id, ttl_ms }: LockOptions): LockManager {
  return {
    acquire: (stream_id) => table.acquire(stream_id, owner_id, ttl_ms),
    renew: (lease) => table.renew(lease, ttl_ms),
    release: (lease) => table.release(lease),
    releaseAll: () => table.releaseAll(owner_id),
    holder: (stream_id) => table.holder(stream_id),
    close: () => Promise.resolve(),
  };
}
