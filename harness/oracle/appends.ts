/**
 * Appends and their results. Attempts under one idempotency key with the same payloads are one append, as long as the
 * target surely still remembers the key; an attempt after that may be either, so nothing is demanded of it.
 */
import type { AppendRecord, AppendResultRecord } from '../history.ts';
import { Ring } from './ring.ts';
import type { StreamState } from './state.ts';
import type { PayloadKey, PayloadKeys } from './ledger.ts';
import type { Excess, OracleLimits } from './limits.ts';

/** What one append did, over all its attempts. `unknown` also while a result is outstanding at the end. */
export type AppendOutcome = 'pending' | 'ok' | 'unknown' | 'fail';

export interface Append {
  readonly op: string;
  readonly stream: StreamState;
  readonly payloads: readonly PayloadKey[];
  readonly sent_ms: number;
  /** It may have been stored before under a key that the target may have forgotten since. */
  readonly may_repeat: boolean;
  readonly ids: readonly number[];
  readonly outcome: AppendOutcome;
}

export interface Attempt {
  readonly record: AppendRecord;
  readonly append: Append;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface PendingAttempt extends Attempt {
  readonly append: Mutable<Append>;
}

export class AppendLog {
  readonly #pending = new Map<string, PendingAttempt>();
  /** By account, stream and key. */
  readonly #keyed = new Map<string, Mutable<Append>[]>();
  readonly #remembered: Ring;
  readonly #doubtful = new Map<StreamState, Set<Mutable<Append>>>();
  readonly #keys: PayloadKeys;
  readonly #limits: OracleLimits;
  readonly #idempotency_ms: number | null;
  readonly #exceed: (excess: Excess) => void;
  #doubtful_events = 0;
  #has_forgotten = false;

  constructor(
    keys: PayloadKeys,
    limits: OracleLimits,
    idempotency_ms: number | null,
    exceed: (excess: Excess) => void,
  ) {
    this.#keys = keys;
    this.#limits = limits;
    this.#remembered = new Ring(limits.idempotency_keys);
    this.#idempotency_ms = idempotency_ms;
    this.#exceed = exceed;
  }

  /** Some keys are not remembered any more: an id acknowledged twice may be a retry. */
  get has_forgotten(): boolean {
    return this.#has_forgotten;
  }

  pending(op: string): Attempt | undefined {
    return this.#pending.get(op);
  }

  begin(record: AppendRecord, stream: StreamState): void {
    if (this.#pending.size >= this.#limits.pending_appends) {
      this.#exceed('too-many-pending-appends');
      return;
    }
    const payloads = record.payloads.map((payload) => this.#keys.key(payload));
    this.#pending.set(record.op, { record, append: this.#appendOf(record, stream, payloads) });
  }

  /** Applies a result; returns the attempt, or undefined for an append that was never recorded. */
  settle(record: AppendResultRecord): Attempt | undefined {
    const attempt = this.#pending.get(record.op);
    if (attempt === undefined) return undefined;
    this.#pending.delete(record.op);
    const { append } = attempt;
    // Without ids nobody can say where it is: for the oracle it may be anywhere.
    const outcome = record.outcome === 'ok' && record.ids.length === 0 ? 'unknown' : record.outcome;
    if (outcome === 'ok') {
      append.outcome = 'ok';
      append.ids = record.ids;
      if (this.#doubtful.get(append.stream)?.delete(append) === true) this.#doubtful_events -= append.payloads.length;
    } else if (append.outcome !== 'ok') {
      if (append.outcome !== 'unknown') append.outcome = outcome;
      this.#doubt(append);
    }
    return attempt;
  }

  /** Ends the run: what has no result has an unknown outcome. Returns the appends that were not acknowledged. */
  finish(): ReadonlyMap<StreamState, ReadonlySet<Append>> {
    for (const { append } of this.#pending.values()) {
      if (append.outcome === 'ok') continue;
      append.outcome = 'unknown';
      this.#doubt(append);
    }
    this.#pending.clear();
    return this.#doubtful;
  }

  #appendOf(record: AppendRecord, stream: StreamState, payloads: readonly PayloadKey[]): Mutable<Append> {
    const append: Mutable<Append> = {
      op: record.op,
      stream,
      payloads,
      sent_ms: record.at_ms,
      may_repeat: false,
      ids: [],
      outcome: 'pending',
    };
    if (record.idempotency_key === null || this.#idempotency_ms === null) return append;
    const scope = JSON.stringify([record.account_id, record.stream, record.idempotency_key]);
    const others = this.#keyed.get(scope);
    if (others === undefined) {
      this.#remember(scope, append);
      return append;
    }
    const same = others.find((other) => sameList(other.payloads, payloads));
    if (same === undefined) {
      others.push(append);
      return append;
    }
    // Half the declared time: how long the request is on its way is not known, so the end of it is a grey zone.
    if (record.at_ms - same.sent_ms <= this.#idempotency_ms / 2) return same;
    append.may_repeat = true;
    return append;
  }

  #remember(scope: string, append: Mutable<Append>): void {
    this.#keyed.set(scope, [append]);
    const oldest = this.#remembered.push(scope);
    if (oldest === undefined) return;
    this.#keyed.delete(oldest);
    this.#has_forgotten = true;
  }

  #doubt(append: Mutable<Append>): void {
    const doubtful = this.#doubtful.get(append.stream) ?? new Set();
    if (doubtful.has(append)) return;
    if (this.#doubtful_events + append.payloads.length > this.#limits.doubtful_events) {
      this.#exceed('too-many-doubtful-appends');
      return;
    }
    this.#doubtful_events += append.payloads.length;
    doubtful.add(append);
    this.#doubtful.set(append.stream, doubtful);
  }
}

function sameList(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
