/** The tables, and how a file becomes ours. Source: seed 004 §4.3 (run_metadata, run_events). */
import type { Database } from 'better-sqlite3';
import { StoreOpenError } from '../errors.ts';

/** `PRAGMA application_id`: "strm", so that another program's database is never taken for ours. */
const APPLICATION_ID = 0x7374726d;
/** `PRAGMA user_version`. */
export const SCHEMA_VERSION = 1;

/**
 * - Payloads are TEXT: a column declared JSON has numeric affinity and would turn `1.0` into 1.
 * - A removed job keeps its row (`removed_at`), so that other processes learn of it, its start key still finds it,
 *   and runs stay countable; its `last_seq` is 0 once its events are gone (removal-writes.ts). So rows of run_metadata are never deleted and the highest `rev` never falls.
 * - `rev` numbers the commits that changed something another process waits for; `writer` is the store that did.
 */
const TABLES = `
  create table run_metadata (
    job_id text primary key,
    account_id text not null,
    client_id text,
    application_id text,
    synthetic text,
    status text not null,
    created_at integer not null,
    updated_at integer not null,
    last_seq integer not null,
    epoch integer not null,
    removed_at integer,
    rev integer not null,
    writer text not null
  );
  create index run_metadata_by_rev on run_metadata (rev);
  create index run_metadata_by_account on run_metadata (account_id, created_at) where removed_at is null;
  create index run_metadata_unfinished on run_metadata (job_id)
    where status = 'running' and synthetic is not null and removed_at is null;
  create index run_metadata_unpurged on run_metadata (job_id) where removed_at is not null and last_seq > 0;
  create index run_metadata_over on run_metadata (updated_at) where status <> 'running' and removed_at is null;

  create table run_events (
    id integer primary key,
    job_id text not null,
    seq integer not null,
    type text not null,
    payload text not null,
    ts integer not null,
    unique (job_id, seq)
  );

  create table start_keys (
    account_id text not null,
    key text not null,
    fingerprint text not null,
    job_id text not null,
    removed_at integer,
    primary key (account_id, key)
  ) without rowid;
  create index start_keys_by_job on start_keys (job_id);
  create index start_keys_of_removed on start_keys (removed_at) where removed_at is not null;

  create table append_keys (
    job_id text not null,
    key text not null,
    fingerprint text not null,
    first_seq integer not null,
    last_seq integer not null,
    primary key (job_id, key)
  ) without rowid;

  create table api_keys (
    api_key_id text primary key,
    account_id text not null,
    secret_sha256 text not null unique,
    revoked integer not null,
    rev integer not null,
    writer text not null
  ) without rowid;
  create index api_keys_by_rev on api_keys (rev);

  create table tickets (
    ticket_sha256 text primary key,
    job_id text not null,
    account_id text not null,
    api_key_id text not null,
    expires_at integer not null,
    used integer not null
  ) without rowid;
  create index tickets_by_job on tickets (job_id);
  create index tickets_unused on tickets (expires_at) where used = 0;

  create table stream_locks (
    stream_id text primary key,
    owner_id text not null,
    owner_token text,
    epoch integer not null,
    boot_id text not null,
    expires_at_monotonic_ms integer not null
  ) without rowid;
  create index stream_locks_by_owner on stream_locks (owner_id) where owner_token is not null;
`;

/** The number of the last commit that others wait for; 0 before the first. */
export const SELECT_HIGHEST_REV = `
  select max(ifnull((select max(rev) from run_metadata), 0), ifnull((select max(rev) from api_keys), 0))`;

/** True when the tables have to be made. Throws StoreOpenError for a file that is somebody else's or newer. */
export function isBlank(db: Database, path: string): boolean {
  // One moment: between two of these reads another process may have made the tables.
  const { version, application_id, tables } = db.transaction(() => ({
    version: db.pragma('user_version', { simple: true }) as number,
    application_id: db.pragma('application_id', { simple: true }) as number,
    tables: db.prepare('select count(*) from sqlite_schema').pluck().get() as number,
  }))();
  if (application_id === APPLICATION_ID && version > SCHEMA_VERSION) {
    throw new StoreOpenError(
      'newer_schema',
      `${path}: found schema version ${version}; this release reads version ${SCHEMA_VERSION}. ` +
        'Use the newer release that wrote the file, or another file.',
    );
  }
  if (application_id === APPLICATION_ID) return false;
  if (tables > 0 || application_id !== 0 || version !== 0) {
    throw new StoreOpenError(
      'foreign_database',
      `${path}: found an SQLite database of another program; give a new file or one that this store wrote.`,
    );
  }
  return true;
}

/** Within a transaction that has the write lock, so that of many processes at a fresh file one makes the tables. */
export function createTables(db: Database): void {
  db.exec(TABLES);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}
