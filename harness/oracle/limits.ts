/** What bounds the oracle's own state. What does not fit is not judged: the verdict is then unknown, never false. */

export interface OracleLimits {
  /** Distinct events over all streams: 25 bytes each where ids are dense. */
  readonly events: number;
  readonly streams: number;
  /** Subscriptions open at once. */
  readonly open_readers: number;
  /** Ended subscriptions still known, for records that arrive a little late. */
  readonly ended_readers: number;
  /** The oldest are forgotten first. */
  readonly lineages: number;
  /** Appends without their result yet. */
  readonly pending_appends: number;
  /** Events in appends that failed or whose outcome is unknown. */
  readonly doubtful_events: number;
  /** Idempotency keys remembered; the oldest are forgotten first. */
  readonly idempotency_keys: number;
  /** Ranges of received ids over all lineages; one for a reader that misses nothing. */
  readonly received_ranges: number;
  /** Id ranges that a reader skipped. */
  readonly skipped_ranges: number;
  /** Readers that skipped a range after the first that did: whom a late gap may still excuse. */
  readonly skipping_readers: number;
  readonly final_reads: number;
  /** Payload texts that are no `payloadHash`. */
  readonly payload_texts: number;
  /** Epochs over all streams. */
  readonly epochs: number;
}

export const DEFAULT_LIMITS: OracleLimits = {
  events: 8_000_000,
  streams: 200_000,
  open_readers: 200_000,
  ended_readers: 20_000,
  lineages: 200_000,
  pending_appends: 100_000,
  doubtful_events: 500_000,
  idempotency_keys: 200_000,
  received_ranges: 2_000_000,
  skipped_ranges: 100_000,
  skipping_readers: 200_000,
  final_reads: 200_000,
  payload_texts: 200_000,
  epochs: 100_000,
};

/** Why verdicts are unknown. */
export type Excess =
  | `too-many-${'events' | 'streams' | 'subscriptions' | 'pending-appends' | 'doubtful-appends' | 'skipped-ranges' | 'final-reads' | 'payload-texts' | 'epochs'}`
  | 'unrecorded-subscription'
  | 'unrecorded-append';
