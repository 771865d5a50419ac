/** Brings the load's records and the coordinator's own (faults and heals) into one order of time. */
import type { FaultRecord, HistoryRecord } from '../../../harness/history.ts';
import type { Batch } from './load-process.ts';

export class Intake {
  readonly #into: (records: readonly HistoryRecord[]) => void;
  #own: FaultRecord[] = [];

  constructor(into: (records: readonly HistoryRecord[]) => void) {
    this.#into = into;
  }

  /** Kept until the load has told everything that came before it. */
  own(record: FaultRecord): void {
    this.#own.push(record);
  }

  batch({ watermark_ms, records }: Pick<Batch, 'watermark_ms' | 'records'>): void {
    const due = this.#own.filter(({ at_ms }) => at_ms <= watermark_ms);
    this.#own = this.#own.filter(({ at_ms }) => at_ms > watermark_ms);
    // Stable: what was told first stays first.
    const merged = due.length === 0 ? records : [...due, ...records].sort((one, other) => one.at_ms - other.at_ms);
    if (merged.length > 0) this.#into(merged);
  }

  /** Nothing more will come. */
  close(): void {
    this.batch({ watermark_ms: Number.POSITIVE_INFINITY, records: [] });
  }
}
