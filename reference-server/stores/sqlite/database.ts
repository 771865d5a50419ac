/** Opening the file: every way in which it can be the wrong one has its own message. */
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { StoreOpenError } from '../errors.ts';
import { isBusy, sqliteCode, type Driver } from './driver.ts';
import { WAL_KEPT_BYTES } from './limits.ts';
import { createTables, isBlank } from './schema.ts';
import { waitWhileBusy } from './wait-while-busy.ts';

export interface WritableOptions {
  readonly path: string;
  readonly busy_timeout_ms: number;
  /** The file grows to this size and no further; null: as far as the disk goes. */
  readonly max_bytes: number | null;
}

/** Blocks while others hold the file: for the writer thread. Throws StoreOpenError. */
export function openForWriting(Driver: Driver, { path, busy_timeout_ms, max_bytes }: WritableOptions): Database {
  assertWritable(path);
  return guarded(path, () => {
    const db = new Driver(path, { timeout: 0 });
    try {
      waitWhileBusy(busy_timeout_ms, () => {
        prepare(db, path);
      });
      // SQLite's default for WAL is compiled in and may be NORMAL, which acknowledges before the fsync.
      db.pragma('synchronous = FULL');
      db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
      if (max_bytes !== null) {
        const page_bytes = db.pragma('page_size', { simple: true }) as number;
        db.pragma(`max_page_count = ${Math.max(1, Math.floor(max_bytes / page_bytes))}`);
      }
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A connection that never waits. The file must have been opened for writing before. */
export function openForReading(Driver: Driver, path: string): Database {
  return guarded(path, () => new Driver(path, { readonly: true, fileMustExist: true, timeout: 0 }));
}

/** Safe when many processes do it at once to a fresh file, and tried again from its start when one was in the way. */
function prepare(db: Database, path: string): void {
  // Looked at before anything is changed: a file that is not ours stays as it is.
  isBlank(db, path);
  db.pragma('journal_mode = WAL');
  db.transaction(() => {
    if (isBlank(db, path)) createTables(db);
  }).immediate();
}

function assertWritable(path: string): void {
  const folder = dirname(resolve(path));
  try {
    makeFolder(folder);
    // The folder too: SQLite keeps its log beside the file.
    accessSync(folder, constants.W_OK);
    closeSync(openSync(path, 'a'));
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new StoreOpenError(
      'not_writable',
      `${path}: cannot be written (${found}); the file and its folder ${folder} must be writable by this process.`,
      { cause },
    );
  }
}

/** Not mkdir's own `recursive`, which never returns where a file system has no room for folders, such as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process made it in between.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function guarded<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const code = sqliteCode(cause);
    if (code === null) throw cause;
    if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
      throw new StoreOpenError(
        'not_a_database',
        `${path}: found a file that is not an SQLite database; give a new file or one that this store wrote.`,
        { cause },
      );
    }
    const hint = isBusy(cause) ? 'another process holds it' : (cause as Error).message;
    throw new StoreOpenError('cannot_open', `${path}: cannot be opened (${code}: ${hint}).`, { cause });
  }
}
