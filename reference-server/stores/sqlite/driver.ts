/** better-sqlite3, an optional dependency: loaded by whoever opens a database, and never otherwise. */
import type Database from 'better-sqlite3';
import { StoreOpenError } from '../errors.ts';

export type Driver = typeof Database;

/** Throws StoreOpenError saying what is missing and how to get it. */
export async function loadDriver(
  load: () => Promise<{ default: Driver }> = () => import('better-sqlite3'),
): Promise<Driver> {
  try {
    const { default: Driver } = await load();
    // The package may be there without its compiled part, which is loaded by the first database.
    new Driver(':memory:').close();
    return Driver;
  } catch (cause) {
    throw new StoreOpenError(
      'missing_driver',
      'STREAM_STORE_BACKEND=sqlite needs the optional package better-sqlite3, which could not be loaded ' +
        `(${firstLine(cause)}). Get it with \`npm install better-sqlite3@12\` (install scripts allowed: it compiles ` +
        'where no prebuilt file fits), or use STREAM_STORE_BACKEND=memory (`--store memory`).',
      { cause },
    );
  }
}

/** SQLite's own error code, as in `SQLITE_BUSY`; null for any other error. */
export function sqliteCode(error: unknown): string | null {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null;
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') === true;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
