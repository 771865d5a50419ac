/**
 * Leases in the store's own file, through its writer thread: an acquire is one row of a group commit. Every process
 * of the host sees the same monotonic clock, so a lease needs no wall clock; one from before a reboot has expired.
 */
import { StoreOpenError } from '../stores/errors.ts';
import type { Store } from '../stores/store.ts';
import { createLockManager, type LockOptions } from './lease-table.ts';
import type { LockManager } from './lock-manager.ts';

/** The manager lives as long as the store is open. */
export function openSqliteLocks(store: Store, options: LockOptions): LockManager {
  if (store.leases === undefined) {
    throw new StoreOpenError(
      'no_leases',
      'LOCK_BACKEND=sqlite keeps its leases in the file of the sqlite store, but the store is another. ' +
        'Set STREAM_STORE_BACKEND=sqlite, or LOCK_BACKEND=memory for a single instance.',
    );
  }
  return createLockManager(store.leases, options);
}
