/** Writes to the log of streams. They run on the writer thread, inside a transaction and a savepoint of their own. */
import type { Database } from 'better-sqlite3';
import type { StreamStatus } from '../../../spec/wire.ts';
import type { CreateOutcome, IdempotencyClaim, NewJob } from '../store.ts';
import type { Transaction } from './transaction.ts';

/** An append on its way to the writer thread: flat, because cloning between threads pays by the object. */
export interface AppendWrite {
  readonly job_id: string;
  /** ts, type, payload, ts, type, payload, … */
  readonly cells: readonly (string | number)[];
  readonly end: Exclude<StreamStatus, 'running'> | null;
  readonly epoch: number | null;
  readonly idempotency: IdempotencyClaim | null;
}

/** Ids of one append are contiguous: the first and the last are enough. */
export type AppendWritten =
  | { readonly kind: 'appended' | 'repeated'; readonly first_seq: number; readonly last_seq: number }
  | { readonly kind: 'conflict' | 'finished' | 'fenced' | 'missing' };

const CELLS_PER_EVENT = 3;

export function logWrites(db: Database, transaction: Transaction) {
  const { rows, writer } = transaction;
  const insertJob = db.prepare(
    `insert into run_metadata (job_id, account_id, client_id, application_id, synthetic, status, created_at, updated_at,
       last_seq, epoch, removed_at, rev, writer)
     values (?, ?, ?, ?, ?, 'running', ?, ?, 0, 0, null, ?, ?)`,
  );
  const insertEvent = db.prepare(`insert into run_events (job_id, seq, ts, type, payload) values (?, ?, ?, ?, ?)`);
  const startKey = db.prepare<[string, string], { fingerprint: string; job_id: string }>(
    `select fingerprint, job_id from start_keys where account_id = ? and key = ?`,
  );
  const insertStartKey = db.prepare(
    `insert into start_keys (account_id, key, fingerprint, job_id) values (?, ?, ?, ?)`,
  );
  const appendKey = db.prepare<[string, string], { fingerprint: string; first_seq: number; last_seq: number }>(
    `select fingerprint, first_seq, last_seq from append_keys where job_id = ? and key = ?`,
  );
  const insertAppendKey = db.prepare(
    `insert into append_keys (job_id, key, fingerprint, first_seq, last_seq) values (?, ?, ?, ?, ?)`,
  );

  return {
    /** `synthetic` as JSON text. */
    create(job: Omit<NewJob, 'synthetic'>, synthetic: string | null, claim: IdempotencyClaim | null): CreateOutcome {
      const { job_id, account_id, client_id, application_id, created_at_ms } = job;
      const used = claim && startKey.get(account_id, claim.key);
      if (used) {
        return used.fingerprint === claim.fingerprint
          ? { kind: 'repeated', job_id: used.job_id }
          : { kind: 'conflict' };
      }
      const origin = [job_id, account_id, client_id, application_id, synthetic, created_at_ms, created_at_ms];
      insertJob.run(...origin, transaction.rev, writer);
      if (claim) insertStartKey.run(account_id, claim.key, claim.fingerprint, job_id);
      rows.put({ job_id, status: 'running', updated_at: created_at_ms, last_seq: 0, epoch: 0, removed_at: null });
      return { kind: 'created', job_id };
    },

    append({ job_id, cells, end, epoch, idempotency }: AppendWrite): AppendWritten {
      const row = rows.get(job_id);
      if (row === null) return { kind: 'missing' };
      const used = idempotency && appendKey.get(job_id, idempotency.key);
      if (used) {
        if (used.fingerprint !== idempotency.fingerprint) return { kind: 'conflict' };
        return { kind: 'repeated', first_seq: used.first_seq, last_seq: used.last_seq };
      }
      if (epoch !== null && epoch < row.epoch) return { kind: 'fenced' };
      if (row.status !== 'running') return { kind: 'finished' };

      const first_seq = row.last_seq + 1;
      let last_seq = row.last_seq;
      for (let cell = 0; cell < cells.length; cell += CELLS_PER_EVENT) {
        last_seq += 1;
        insertEvent.run(job_id, last_seq, cells[cell], cells[cell + 1], cells[cell + 2]);
      }
      if (idempotency) insertAppendKey.run(job_id, idempotency.key, idempotency.fingerprint, first_seq, last_seq);
      rows.put({
        ...row,
        status: end ?? row.status,
        updated_at: Date.now(),
        last_seq,
        epoch: Math.max(row.epoch, epoch ?? 0),
      });
      return { kind: 'appended', first_seq, last_seq };
    },

    raiseEpoch(job_id: string, epoch: number): boolean {
      const row = rows.get(job_id);
      if (row === null || epoch <= row.epoch) return false;
      rows.put({ ...row, epoch });
      return true;
    },
  };
}
