/**
 * The rows of run_metadata that one transaction has touched. They are written once, at its end: a hundred appends to
 * a stream in one group cost one update. Each write of the group keeps or discards what it put here, as its savepoint.
 */
import type { Database } from 'better-sqlite3';
import type { StreamStatus } from '../../../spec/wire.ts';

export interface JobRow {
  readonly job_id: string;
  readonly status: StreamStatus;
  readonly updated_at: number;
  readonly last_seq: number;
  readonly epoch: number;
  readonly removed_at: number | null;
}

export interface JobRows {
  /** null: there is none, or it was removed. */
  get(job_id: string): JobRow | null;
  put(row: JobRow): void;
  keep(): void;
  discard(): void;
  /** Writes what was kept, and returns it. */
  flush(rev: number): readonly JobRow[];
  /** Forgets all: another process may write before the next transaction. */
  reset(): void;
}

export function createJobRows(db: Database, writer: string): JobRows {
  const select = db.prepare<[string], JobRow>(
    `select job_id, status, updated_at, last_seq, epoch, removed_at from run_metadata where job_id = ?`,
  );
  const update = db.prepare(
    `update run_metadata set status = ?, updated_at = ?, last_seq = ?, epoch = ?, removed_at = ?, rev = ?, writer = ?
     where job_id = ?`,
  );
  const known = new Map<string, JobRow>();
  const changed = new Set<string>();
  const pending = new Map<string, JobRow>();

  const find = (job_id: string): JobRow | undefined => {
    const found = pending.get(job_id) ?? known.get(job_id);
    if (found !== undefined) return found;
    const row = select.get(job_id);
    if (row !== undefined) known.set(job_id, row);
    return row;
  };

  return {
    get(job_id) {
      const row = find(job_id);
      return row?.removed_at === null ? row : null;
    },
    put: (row) => void pending.set(row.job_id, row),
    keep() {
      for (const [job_id, row] of pending) {
        known.set(job_id, row);
        changed.add(job_id);
      }
      pending.clear();
    },
    discard() {
      pending.clear();
    },
    flush(rev) {
      const rows = [...changed].flatMap((job_id) => known.get(job_id) ?? []);
      for (const row of rows) {
        const { status, updated_at, last_seq, epoch, removed_at, job_id } = row;
        update.run(status, updated_at, last_seq, epoch, removed_at, rev, writer, job_id);
      }
      changed.clear();
      return rows;
    },
    reset() {
      known.clear();
      changed.clear();
      pending.clear();
    },
  };
}
