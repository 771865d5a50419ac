/** What passes between the main thread and the writer thread: groups one way, their outcomes the other. */
import type { StoreOpenCode } from '../errors.ts';
import type { WritableOptions } from './database.ts';
import type { Touched } from './transaction.ts';
import type { WriteCall } from './writes.ts';

export interface WriterOptions extends WritableOptions {
  /** Unique per open store. */
  readonly writer: string;
}

export type ToWriter = { readonly kind: 'group'; readonly calls: readonly WriteCall[] } | { readonly kind: 'close' };

export interface Failure {
  /** SQLite's code; null for a mistake of the caller or ours. */
  readonly code: string | null;
  readonly message: string;
}

/** One group's outcome, told after its commit. */
export interface GroupOutcome {
  /** In the order of the calls; undefined where the call failed. */
  readonly results: readonly unknown[];
  /** By index of the call. */
  readonly failures: readonly (readonly [number, Failure])[];
  readonly touched: Touched;
  readonly stats: WriterStats;
}

/** Since the store was opened. */
export interface WriterStats {
  /** Transactions committed. */
  readonly commits: number;
  /** Writes those held. */
  readonly writes: number;
  /** As SQLite reports it: 2 is FULL, an fsync before each commit returns. */
  readonly synchronous: number;
  readonly journal_mode: string;
}

export type FromWriter =
  | { readonly kind: 'ready'; readonly stats: WriterStats }
  | { readonly kind: 'refused'; readonly code: StoreOpenCode; readonly message: string }
  | ({ readonly kind: 'committed' } & GroupOutcome);
