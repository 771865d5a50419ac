/**
 * Reads, on the main thread: WAL readers wait for no writer, and each takes microseconds. Where SQLite is busy all
 * the same (recovery after a kill), the read is tried again later instead of waiting inside SQLite.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { StreamEvent, StreamStatus, SyntheticSpec } from '../../../spec/wire.ts';
import type { Lease } from '../../locks/lock-manager.ts';
import { StoreUnavailable } from '../errors.ts';
import { withinBytes } from '../read-bytes.ts';
import type { ApiKey, Job, Page, Ticket } from '../store.ts';
import { isBusy, sqliteCode } from './driver.ts';
import { hostClock } from './host-clock.ts';
import { isLive, SELECT_LEASE, type LeaseRow } from './lease-writes.ts';
import { READ_BUSY_TIMEOUT_MS, READ_RETRY_MS, READ_SLICE_EVENTS } from './limits.ts';

export interface Reader {
  readonly job: (job_id: string) => Promise<Job | null>;
  readonly read: (job_id: string, after: number, limit: number) => Promise<Page | null>;
  readonly list: (account_id: string) => Promise<readonly Job[]>;
  readonly unfinished: () => Promise<readonly Job[]>;
  readonly findKey: (secret_sha256: string) => Promise<ApiKey | null>;
  readonly isRevoked: (api_key_id: string) => Promise<boolean>;
  readonly findTicket: (ticket_sha256: string) => Promise<Ticket | null>;
  readonly leaseHolder: (stream_id: string) => Promise<Pick<Lease, 'owner_id' | 'epoch'> | null>;
}

interface JobColumns {
  readonly job_id: string;
  readonly account_id: string;
  readonly client_id: string | null;
  readonly application_id: string | null;
  readonly synthetic: string | null;
  readonly status: StreamStatus;
  readonly created_at: number;
  readonly updated_at: number;
  readonly last_seq: number;
  readonly epoch: number;
}

const SELECT_JOB = `select job_id, account_id, client_id, application_id, synthetic, status, created_at, updated_at,
  last_seq, epoch from run_metadata where removed_at is null`;

export function createReader(db: Database): Reader {
  const selectJob = db.prepare<[string], JobColumns>(`${SELECT_JOB} and job_id = ?`);
  const selectList = db.prepare<[string], JobColumns>(
    `${SELECT_JOB} and account_id = ? order by created_at desc, rowid desc`,
  );
  const selectUnfinished = db.prepare<[], JobColumns>(
    `${SELECT_JOB} and status = 'running' and synthetic is not null order by rowid`,
  );
  const selectEvents = db.prepare<[string, number, number], StreamEvent>(
    `select seq as id, ts, type, payload as payload_json from run_events
     where job_id = ? and seq > ? order by seq limit ?`,
  );
  const selectKey = db.prepare<[string], Omit<ApiKey, 'revoked'> & { revoked: number }>(
    `select api_key_id, account_id, secret_sha256, revoked from api_keys where secret_sha256 = ?`,
  );
  const selectRevoked = db.prepare<[string], number>(`select revoked from api_keys where api_key_id = ?`).pluck();
  const selectTicket = db.prepare<[string], Omit<Ticket, 'used'> & { used: number }>(
    `select ticket_sha256, job_id, account_id, api_key_id, expires_at as expires_at_ms, used
     from tickets where ticket_sha256 = ?`,
  );
  const selectLease = db.prepare<[string], LeaseRow>(SELECT_LEASE);
  const now = hostClock();

  const page = db.transaction((job_id: string, after: number, limit: number): Page | null => {
    const row = selectJob.get(job_id);
    if (row === undefined) return null;
    const count = Math.min(limit, READ_SLICE_EVENTS);
    return { job: jobOf(row), events: withinBytes(selectEvents.iterate(job_id, after, count)) };
  });

  return {
    job: (job_id) =>
      attempt(db, () => {
        const row = selectJob.get(job_id);
        return row === undefined ? null : jobOf(row);
      }),

    async read(job_id, after, limit) {
      const first = await attempt(db, () => page(job_id, after, limit));
      if (first === null) return null;
      // Events never change, so what is left of this moment can be read later, with other work in between.
      const { job } = first;
      const events = [...first.events];
      const wanted = Math.min(limit, job.last_event_id - after);
      let isLarge = events.length < Math.min(wanted, READ_SLICE_EVENTS);
      while (events.length < wanted && (limit === Infinity || !isLarge)) {
        await nextTurn();
        const count = Math.min(READ_SLICE_EVENTS, wanted - events.length);
        const from = after + events.length;
        const more = await attempt(db, () => page(job_id, from, count));
        if (more === null) return null; // removed meanwhile
        if (more.events.length === 0) break;
        isLarge ||= more.events.length < count;
        events.push(...more.events);
      }
      return { job, events };
    },

    list: (account_id) => attempt(db, () => selectList.all(account_id).map(jobOf)),
    unfinished: () => attempt(db, () => selectUnfinished.all().map(jobOf)),
    findKey: (secret_sha256) =>
      attempt(db, () => {
        const row = selectKey.get(secret_sha256);
        return row === undefined ? null : { ...row, revoked: row.revoked === 1 };
      }),
    isRevoked: (api_key_id) => attempt(db, () => selectRevoked.get(api_key_id) === 1),
    findTicket: (ticket_sha256) =>
      attempt(db, () => {
        const row = selectTicket.get(ticket_sha256);
        return row === undefined ? null : { ...row, used: row.used === 1 };
      }),
    leaseHolder: (stream_id) =>
      attempt(db, () => {
        const row = selectLease.get(stream_id);
        return row !== undefined && isLive(row, now()) ? { owner_id: row.owner_id, epoch: row.epoch } : null;
      }),
  };
}

/** Runs the read, again while SQLite is busy; rejects with StoreUnavailable. */
export async function attempt<T>(db: Pick<Database, 'open'>, read: () => T): Promise<T> {
  const deadline_ms = performance.now() + READ_BUSY_TIMEOUT_MS;
  for (;;) {
    if (!db.open) throw new StoreUnavailable('closed', 'the SQLite store is closed');
    try {
      return read();
    } catch (error) {
      const code = sqliteCode(error);
      if (code === null) throw error;
      if (!isBusy(error) || performance.now() >= deadline_ms) {
        throw new StoreUnavailable(code, `SQLite cannot read: ${(error as Error).message} (${code})`);
      }
    }
    await delay(READ_RETRY_MS);
  }
}

function jobOf({ synthetic, created_at, updated_at, last_seq, ...row }: JobColumns): Job {
  return {
    ...row,
    synthetic: synthetic === null ? null : (JSON.parse(synthetic) as SyntheticSpec),
    created_at_ms: created_at,
    updated_at_ms: updated_at,
    last_event_id: last_seq,
    // All is kept until the stream is removed.
    first_kept_id: 1,
  };
}
