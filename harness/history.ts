/**
 * The history: everything a run did and saw, as flat records stamped by the harness clock alone. It is the oracle's
 * only input and is written to `history.jsonl`. Records of one run are ordered by `at_ms`.
 */

/** How a reader reads. `final` is the read after healing that everything else is held against. */
export type ReadMode = 'sse' | 'poll' | 'long-poll' | 'snapshot' | 'final';

interface Stamped {
  readonly at_ms: number;
}

/** An append left. `payloads` are hashes of the canonical JSON of each event in order. */
export interface AppendRecord extends Stamped {
  readonly kind: 'append';
  readonly op: string;
  readonly stream: string;
  readonly account_id: string;
  readonly payloads: readonly string[];
  /** The last event of the batch ends the stream. */
  readonly terminal: boolean;
  /** When the open-model schedule wanted it sent; equals at_ms in a closed model. */
  readonly intended_ms: number;
  /** Appends with the same key and stream are one append (at-most-once). */
  readonly idempotency_key: string | null;
}

/**
 * `ok`: acknowledged with ids. `fail`: definitely not done (a 4xx or 5xx answer that promises so).
 * `unknown`: a timeout or a broken connection; it may have taken effect.
 */
export interface AppendResultRecord extends Stamped {
  readonly kind: 'append-result';
  readonly op: string;
  readonly outcome: 'ok' | 'fail' | 'unknown';
  readonly ids: readonly number[];
}

/** A reader attached or re-attached. Reconnects of one logical client share a `lineage`. */
export interface SubscribeRecord extends Stamped {
  readonly kind: 'subscribe';
  readonly subscription: string;
  readonly lineage: string;
  readonly stream: string;
  readonly account_id: string;
  readonly mode: ReadMode;
  /** Last id already seen; 0 from the start. */
  readonly cursor: number;
}

export interface DeliverRecord extends Stamped {
  readonly kind: 'deliver';
  readonly subscription: string;
  /** null: an event without an id on the wire. */
  readonly id: number | null;
  readonly payload: string;
  readonly terminal: boolean;
  readonly epoch: number | null;
  readonly nonce: string | null;
}

/** The server told the reader that ids are missing: everything up to and including `through` may be skipped. */
export interface GapRecord extends Stamped {
  readonly kind: 'gap';
  readonly subscription: string;
  readonly through: number;
}

/** A heartbeat or other frame that carried an `id:` although it is no durable event. */
export interface ControlIdRecord extends Stamped {
  readonly kind: 'control-id';
  readonly subscription: string;
  readonly last_event_id: string;
}

/**
 * A reader ended. `complete`: it had read all it asked for: the terminal event, the page of a poll, the tail of a final
 * read (of one in pages, the last page only). An SSE reader that saw no terminal event is complete when it waited for
 * more, read all the time, until the run was over. A reader that we stalled ends by `fault`.
 */
export interface EndRecord extends Stamped {
  readonly kind: 'end';
  readonly subscription: string;
  readonly by: 'server' | 'client' | 'fault';
  readonly complete: boolean;
}

/** What a bad cursor was answered with. */
export interface CursorProbeRecord extends Stamped {
  readonly kind: 'cursor-probe';
  readonly stream: string;
  readonly cursor: string;
  readonly fault: 'evicted' | 'ahead' | 'foreign' | 'malformed';
  /** `signalled`: a distinct answer. The others are what is never legal. */
  readonly answer: 'signalled' | 'silent-restart' | 'silence' | 'not-found' | 'finished';
}

/** An account observed something of another: bytes, ids, counts, or a distinguishable answer. */
export interface ForeignSightRecord extends Stamped {
  readonly kind: 'foreign-sight';
  readonly stream: string;
  readonly owner_account_id: string;
  readonly account_id: string;
  readonly what: string;
}

export interface RevokeRecord extends Stamped {
  readonly kind: 'revoke';
  readonly api_key_id: string;
  /** Subscriptions opened with it; each must end within the bound, and no event may come after it. */
  readonly subscriptions: readonly string[];
  readonly bound_ms: number;
}

export interface FaultRecord extends Stamped {
  readonly kind: 'fault' | 'heal';
  readonly fault: string;
  readonly target: string;
}

/** Progress and cost of a stalled reader, or a resource count, sampled by the harness. */
export interface SampleRecord extends Stamped {
  readonly kind: 'sample';
  readonly metric: 'connections' | 'subscriptions' | 'rss_bytes' | 'stalled_bytes';
  readonly phase: 'baseline' | 'loaded' | 'healed';
  readonly value: number;
  /** Above this the sample breaks its invariant. */
  readonly bound: number;
}

/** A write attempt under an epoch, as an owner's store answered it. */
export interface FenceRecord extends Stamped {
  readonly kind: 'fence';
  readonly stream: string;
  readonly epoch: number;
  readonly accepted: boolean;
}

export type HistoryRecord =
  | AppendRecord
  | AppendResultRecord
  | SubscribeRecord
  | DeliverRecord
  | GapRecord
  | ControlIdRecord
  | EndRecord
  | CursorProbeRecord
  | ForeignSightRecord
  | RevokeRecord
  | FaultRecord
  | SampleRecord
  | FenceRecord;

/** Where records go: a file, an oracle, both. Synchronous, so that order is the order of events. */
export interface HistorySink {
  record(record: HistoryRecord): void;
}
