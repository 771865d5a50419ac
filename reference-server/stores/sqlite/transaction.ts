/** What the writes of one transaction share. */
import type { Database } from 'better-sqlite3';
import { createJobRows, type JobRows } from './job-rows.ts';
import { SELECT_HIGHEST_REV } from './schema.ts';

export interface Transaction {
  readonly rows: JobRows;
  /** Number of this commit among those that others wait for; it only rises. */
  readonly rev: number;
  /** Id of this open store, so that a process does not signal its own commits twice. */
  readonly writer: string;
  keysChanged(): void;
}

/** What a committed transaction changed. */
export interface Touched {
  /** `[job_id, last_event_id]` */
  readonly jobs: readonly (readonly [string, number])[];
  /** Their ids; none of them is among `jobs`. */
  readonly removed: readonly string[];
  readonly keys: boolean;
}

export interface TransactionControl extends Transaction {
  begin(): void;
  /** Writes what is still only remembered. */
  flush(): Touched;
}

export function createTransaction(db: Database, writer: string): TransactionControl {
  const highestRev = db.prepare<[], number>(SELECT_HIGHEST_REV).pluck();
  const rows = createJobRows(db, writer);
  let rev = 0;
  let keys = false;
  return {
    rows,
    writer,
    get rev() {
      return rev;
    },
    keysChanged() {
      keys = true;
    },
    begin() {
      rows.reset();
      keys = false;
      rev = (highestRev.get() ?? 0) + 1;
    },
    flush() {
      const written = rows.flush(rev);
      return {
        jobs: written.filter(({ removed_at }) => removed_at === null).map(({ job_id, last_seq }) => [job_id, last_seq]),
        removed: written.filter(({ removed_at }) => removed_at !== null).map(({ job_id }) => job_id),
        keys,
      };
    },
  };
}
