/**
 * The seam between the server and what remembers. One contract test (`test-support/store-contract.ts`) runs on
 * every backend.
 *
 * Promises every store makes:
 * - `append` resolves only after its events are committed (durable stores: fsynced); a rejected append has
 *   consumed no id and left nothing to be seen.
 * - Ids of one stream are dense and increase in commit order: an append's whole batch is contiguous and atomic.
 * - A read is one consistent moment: `job` and `events` of a `Page` belong together.
 * - A removed stream is like one that never was: null, 'missing' or false from every operation.
 * - What cannot be served (closed, locked, disk full, queue full) rejects with `StoreUnavailable`.
 * Source: seed 004 §4.3, design 2 "The reference server's seams".
 */
import type { NewEvent, StreamEvent, StreamStatus, SyntheticSpec } from '../../spec/wire.ts';
import type { LeaseTable } from '../locks/lease-table.ts';

export interface NewJob {
  readonly job_id: string;
  readonly account_id: string;
  readonly client_id: string | null;
  readonly application_id: string | null;
  /** null: events come through the API; else the synthetic workload, owned by a lease. */
  readonly synthetic: SyntheticSpec | null;
  /** Milliseconds since the Unix epoch. */
  readonly created_at_ms: number;
}

export interface Job extends NewJob {
  readonly status: StreamStatus;
  readonly updated_at_ms: number;
  /** 0 while nothing was appended. */
  readonly last_event_id: number;
  /** Id of the oldest kept event; last_event_id + 1 where none is kept. */
  readonly first_kept_id: number;
  /** Highest fencing epoch the stream has seen; 0 without an owner so far. */
  readonly epoch: number;
}

/** A client's Idempotency-Key with what it was first used for. */
export interface IdempotencyClaim {
  readonly key: string;
  /** Hash of the request body, JSON white space apart: the same key with another body is a conflict. */
  readonly fingerprint: string;
}

export interface AppendOptions {
  /** The producer's epoch; refused as `fenced` when the stream has seen a higher one. Absent for API appends. */
  readonly epoch?: number;
  /** Scoped to the stream (and so to its account); remembered in the same transaction as the events. */
  readonly idempotency?: IdempotencyClaim;
}

/**
 * Decided in this order: missing, conflict or repeated (the key was used before), fenced, finished, appended.
 * So a retry after the terminal event still gets the ids and the tail of the first time.
 */
export type AppendOutcome =
  | { readonly kind: 'appended' | 'repeated'; readonly ids: readonly number[]; readonly last_event_id: number }
  | { readonly kind: 'conflict' | 'finished' | 'fenced' | 'missing' };

export type CreateOutcome =
  { readonly kind: 'created' | 'repeated'; readonly job_id: string } | { readonly kind: 'conflict' };

export interface Page {
  readonly job: Job;
  /** Ascending by id, from `after` on without a gap, at most `limit`; none only where there is none. */
  readonly events: readonly StreamEvent[];
}

export interface ApiKey {
  readonly api_key_id: string;
  readonly account_id: string;
  /** SHA-256 of the secret, hex; the secret itself is never stored. */
  readonly secret_sha256: string;
  readonly revoked: boolean;
}

export interface Ticket {
  /** SHA-256 of the ticket, hex. */
  readonly ticket_sha256: string;
  readonly job_id: string;
  readonly account_id: string;
  readonly api_key_id: string;
  /** While unused. */
  readonly expires_at_ms: number;
  readonly used: boolean;
}

/** What changed, so that waiting readers look again. A hint: it may be lost, late or doubled. */
export type Change =
  | { readonly kind: 'job'; readonly job_id: string; readonly last_event_id: number }
  | { readonly kind: 'removed'; readonly job_id: string }
  | { readonly kind: 'keys' };

/** The log of streams. */
export interface EventStore {
  /**
   * The key's scope is the account. A key whose job was removed still answers `repeated` with that job's id: a late
   * retry must not start the work again. It is forgotten by the first sweep up to a moment after the removal.
   */
  create(job: NewJob, idempotency?: IdempotencyClaim): Promise<CreateOutcome>;
  /**
   * `events` is 1 to 1000 long, its texts are well-formed Unicode and only its last may be terminal: anything else
   * is the caller's mistake (RangeError). An epoch above the stream's own raises it.
   */
  append(job_id: string, events: readonly NewEvent[], options?: AppendOptions): Promise<AppendOutcome>;
  /** Raises the stream's epoch; false when it has already seen this one or a higher, or the stream is missing. */
  raiseEpoch(job_id: string, epoch: number): Promise<boolean>;
  job(job_id: string): Promise<Job | null>;
  /** null: missing. `limit` Infinity reads all that is kept; else a page of large events is shorter (read-bytes.ts). */
  read(job_id: string, after: number, limit: number): Promise<Page | null>;
  /** Newest first. */
  list(account_id: string): Promise<readonly Job[]>;
  /** Synthetic jobs without a terminal event: what a takeover scan looks at. */
  unfinished(): Promise<readonly Job[]>;
  /** False when there was none. */
  remove(job_id: string): Promise<boolean>;
  /**
   * Removes jobs whose status is terminal and that were last updated before `before_ms`; returns how many. Forgets
   * start keys whose job was removed before then, and tickets that have expired unused.
   */
  sweep(before_ms: number): Promise<number>;
}

/** Keys and tickets: they outlive a restart exactly where the streams do. */
export interface TenancyStore {
  /** Inserts or leaves as it is: seeding the same key again never un-revokes it. */
  putKey(key: Omit<ApiKey, 'revoked'>): Promise<void>;
  findKey(secret_sha256: string): Promise<ApiKey | null>;
  /** False when there is no such key. */
  revokeKey(api_key_id: string): Promise<boolean>;
  /** False for a key that was never put. */
  isRevoked(api_key_id: string): Promise<boolean>;
  /** Gone again with its stream. */
  putTicket(ticket: Ticket): Promise<void>;
  findTicket(ticket_sha256: string): Promise<Ticket | null>;
  useTicket(ticket_sha256: string): Promise<void>;
}

/** Somebody who reads along: what lies behind `cursor()` may be pruned, what lies before it is still wanted. */
export interface AttachedReader {
  cursor(): number;
}

/** What a backend can do beyond the contract. */
export interface StoreTraits {
  /** Survives the process. */
  readonly durable: boolean;
  /** Several processes may open it at once. */
  readonly shared: boolean;
}

export interface Store extends EventStore, TenancyStore {
  readonly traits: StoreTraits;
  /** Returns the function that unsubscribes. */
  onChange(listener: (change: Change) => void): () => void;
  /**
   * Where history is pruned: what the reader has not read stays, up to a hard cap, until it is unpinned (the
   * function returned). Absent where everything is kept.
   */
  pin?(job_id: string, reader: AttachedReader): () => void;
  /**
   * Where a process stopped inside a transaction would block all others: resolves once no write is under way and
   * lets none begin until the function returned is called.
   */
  holdWrites?(): Promise<() => void>;
  /** Leases that share the store's file; absent where a store is one process's own. */
  readonly leases?: LeaseTable;
  /** Rejects when the store cannot serve. */
  ping(): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
}
