/** What the oracle knows of streams, lineages and subscriptions; written by the book alone, read by the invariants. */
import type { ReadMode } from '../history.ts';
import type { IntervalSet } from './interval-set.ts';
import type { Ledger } from './ledger.ts';

/** What the target promises, as far as a verdict depends on it. */
export interface Declared {
  /** Streams belong to accounts; false: every account may read everything. */
  readonly accounts: boolean;
  /** A reconnect may deliver an event again. */
  readonly at_least_once: boolean;
  /** Within this after the last heal, what is stored is visible to every reader. */
  readonly recovery_ms: number;
  /** How long an idempotency key is remembered; null: keys are ignored, every append counts by itself. */
  readonly idempotency_ms: number | null;
  /** Only the newest events of a stream are kept, at least this many; null: all of them. */
  readonly history_limit: number | null;
}

export interface StreamState {
  readonly name: string;
  readonly ledger: Ledger;
  readonly finals: readonly FinalRead[];
  /** Id of the first terminal event that was acknowledged or received. */
  readonly terminal_id: number | null;
}

/** One logical client on one stream. */
export interface Lineage {
  readonly seen: IntervalSet;
  /** Subscriptions so far. */
  readonly subscriptions: number;
  /** Its latest final read, where it is one. */
  readonly final: FinalRead | null;
}

/** A final read: one subscription, or several that went on where the one before ended. */
export interface FinalRead {
  readonly subscription: string;
  readonly started_ms: number;
  readonly cursor: number;
  readonly seen: IntervalSet;
  /** Ids up to here were signalled as gone. */
  readonly excused: number;
  readonly last: number;
  readonly complete: boolean;
}

export interface Reader {
  readonly subscription: string;
  readonly stream: StreamState;
  readonly lineage: Lineage;
  readonly account_id: string;
  readonly mode: ReadMode;
  readonly cursor: number;
  readonly opened_ms: number;
  /** Not the first subscription of its lineage. */
  readonly reconnect: boolean;
  /** Highest id it received or was told is gone; its cursor before the first. */
  readonly last: number;
  readonly first_id: number | null;
  /** It was told that ids are gone. */
  readonly gapped: boolean;
  /** Events received, those without an id included. */
  readonly delivered: number;
  readonly last_delivery_ms: number;
  readonly saw_terminal: boolean;
  readonly ended: boolean;
}
