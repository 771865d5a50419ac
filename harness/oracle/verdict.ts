/** What the oracle says: one verdict per invariant, and the smallest evidence of each violation. */
import type { HistoryRecord } from '../history.ts';
import type { WaterfallMark } from '../result.ts';

export const INVARIANTS = {
  1: 'An acknowledged event reaches every eligible subscription, once, or a gap is signalled',
  2: 'Ids strictly increase along a lineage',
  3: 'One id maps to one payload in every mode',
  4: 'A bad cursor gets a distinct, non-silent answer',
  5: 'Nothing of another account is seen, and revocation takes effect within its bound',
  6: 'Only durable events carry an id',
  7: 'One terminal event, the last of its stream and replayable later',
  8: "A stream's owner epoch never decreases and a stale one is refused",
  9: "A stalled reader's memory is capped",
  10: 'After healing, connections, subscriptions and memory return to their baseline',
  11: 'Whatever any subscription received is in the final read under the same id',
} as const;
export type InvariantNumber = keyof typeof INVARIANTS;

/** A violation as the fold that found it knows it. */
export interface Finding {
  /** Stable kebab-case code. */
  readonly reason: string;
  readonly expected: string;
  readonly observed: string;
  readonly at_ms: number;
  readonly mark: WaterfallMark['mark'];
  readonly stream: string | null;
  readonly id: number | null;
  readonly subscription: string | null;
  /** The append it is about. */
  readonly op: string | null;
  /** The record that showed it, where one alone did. */
  readonly record: HistoryRecord | null;
}

export interface Witness extends Pick<Finding, 'reason' | 'expected' | 'observed' | 'stream' | 'id' | 'subscription'> {
  /** Expected and observed in one sentence. */
  readonly message: string;
  /** The few records that show it, in order. Without a history to take them from, at most the offending one. */
  readonly records: readonly HistoryRecord[];
  readonly waterfall: readonly WaterfallMark[];
}

export interface Verdict {
  readonly invariant: InvariantNumber;
  readonly name: string;
  readonly verdict: true | false | 'unknown';
  /** Why it is unknown: `not-exercised`, or the bound of the oracle's own state that was exceeded. Else null. */
  readonly unknown_because: string | null;
  /** How many violations were found; the witness shows the first. */
  readonly violations: number;
  readonly witness: Witness | null;
}

type Told = 'expected' | 'observed' | 'at_ms';

/** Keeps the first violation and counts the others, so that a server that breaks everything costs no memory. */
export class Findings {
  first: Finding | null = null;
  count = 0;

  add(reason: string, detail: () => Pick<Finding, Told> & Partial<Omit<Finding, 'reason' | Told>>): void {
    this.count += 1;
    this.first ??= {
      mark: 'ok',
      stream: null,
      id: null,
      subscription: null,
      op: null,
      record: null,
      ...detail(),
      reason,
    };
  }
}
