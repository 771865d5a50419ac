/**
 * Every write there is, by name. The main thread calls them through the writer (`submit('append', …)`) with these
 * very types: a new write is one more function here.
 */
import type { Database } from 'better-sqlite3';
import { hostClock } from './host-clock.ts';
import { leaseWrites } from './lease-writes.ts';
import { logWrites } from './log-writes.ts';
import { removalWrites } from './removal-writes.ts';
import { tenancyWrites } from './tenancy-writes.ts';
import type { Transaction } from './transaction.ts';

export function prepareWrites(db: Database, transaction: Transaction) {
  return {
    ...logWrites(db, transaction),
    ...removalWrites(db, transaction),
    ...tenancyWrites(db, transaction),
    ...leaseWrites(db, hostClock()),
    /** Nothing, but with the write lock and in order behind the writes before it. */
    ping: (): void => undefined,
  };
}

export type Writes = ReturnType<typeof prepareWrites>;
export type WriteName = keyof Writes;
export type WriteArguments<N extends WriteName> = Parameters<Writes[N]>;
export type WriteResult<N extends WriteName> = ReturnType<Writes[N]>;

/** A write on its way between the threads. */
export type WriteCall = readonly [name: WriteName, ...args: readonly unknown[]];
