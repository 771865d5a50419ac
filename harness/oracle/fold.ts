/** An invariant is a fold over the history: `init` gives its state, the handlers step it, `finish` ends it. */
import type {
  AppendResultRecord,
  ControlIdRecord,
  CursorProbeRecord,
  DeliverRecord,
  EndRecord,
  FenceRecord,
  ForeignSightRecord,
  GapRecord,
  RevokeRecord,
  SampleRecord,
  SubscribeRecord,
} from '../history.ts';
import type { Attempt } from './appends.ts';
import type { Book } from './book.ts';
import type { Reader } from './state.ts';
import type { Findings, InvariantNumber } from './verdict.ts';

/** One handler per kind of record. `reader` and `attempt` are as they were before the record. */
export interface Handlers {
  readonly 'append-result'?: (record: AppendResultRecord, attempt: Attempt) => void;
  readonly subscribe?: (record: SubscribeRecord) => void;
  readonly deliver?: (record: DeliverRecord, reader: Reader) => void;
  readonly gap?: (record: GapRecord, reader: Reader) => void;
  readonly end?: (record: EndRecord, reader: Reader) => void;
  readonly 'control-id'?: (record: ControlIdRecord) => void;
  readonly 'cursor-probe'?: (record: CursorProbeRecord) => void;
  readonly 'foreign-sight'?: (record: ForeignSightRecord) => void;
  readonly revoke?: (record: RevokeRecord) => void;
  readonly sample?: (record: SampleRecord) => void;
  readonly fence?: (record: FenceRecord) => void;
}

export interface Fold {
  readonly on: Handlers;
  readonly findings: Findings;
  /** Looks at what can only be known at the end. Called once, after the last record. */
  finish?(): void;
  /** Whether its premise ever occurred; looked at after `finish`. Without violations, false makes the verdict unknown. */
  exercised(): boolean;
}

export interface Invariant {
  readonly number: InvariantNumber;
  /** It rests on the book: when the book had to leave something out, it cannot say true. */
  readonly reads_book: boolean;
  init(book: Book): Fold;
}
