/**
 * Leases: a time-limited, exclusive right to produce into a stream. One contract test runs on every backend.
 * Source: seeds 002/003 (LockManager, TTL, heartbeat at TTL/3), design 3 "Workers".
 */
export interface Lease {
  readonly stream_id: string;
  readonly owner_id: string;
  /** Unique per acquisition, so an owner cannot renew or release what it lost and another process reacquired. */
  readonly token: string;
  /** Strictly increases with every acquisition of this stream, also over restarts of a durable backend. */
  readonly epoch: number;
}

export interface LockManager {
  /** null: somebody holds it. Atomic; wins only where no lease is live. */
  acquire(stream_id: string): Promise<Lease | null>;
  /** False: lost (expired, or another token holds it). A lost lease is never renewed back to life. */
  renew(lease: Lease): Promise<boolean>;
  /** False: it was no longer ours. */
  release(lease: Lease): Promise<boolean>;
  /** Every lease of this manager's owner. */
  releaseAll(): Promise<void>;
  /** Who holds a live lease, for operators and the control port. */
  holder(stream_id: string): Promise<Pick<Lease, 'owner_id' | 'epoch'> | null>;
  close(): Promise<void>;
}
