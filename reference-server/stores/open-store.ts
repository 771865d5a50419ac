/** From configuration to a store and its locks; the sqlite parts are loaded only where they are asked for. */
import type { ServerConfig } from '../config.ts';
import { createMemoryLocks } from '../locks/memory.ts';
import { openSqliteLocks } from '../locks/sqlite.ts';
import type { LockOptions } from '../locks/lease-table.ts';
import type { LockManager } from '../locks/lock-manager.ts';
import { BACKENDS, type Backend } from './backends.ts';
import { StoreOpenError } from './errors.ts';
import { createMemoryStore } from './memory.ts';
import type { Store } from './store.ts';

export interface StoreConfig {
  readonly backend: Backend;
  /** The database file; sqlite only, and there it must be given. */
  readonly path?: string;
  /** HISTORY_LIMIT: events the memory store keeps per stream. */
  readonly history_limit: number;
}

/** Throws StoreOpenError. */
export async function openStore({ backend, path, history_limit }: StoreConfig): Promise<Store> {
  switch (backend) {
    case 'memory':
      return createMemoryStore({ history_limit });
    case 'sqlite': {
      if (path === undefined) {
        throw new StoreOpenError('bad_option', 'path: missing; STREAM_STORE_BACKEND=sqlite needs a database file');
      }
      const { openSqliteStore } = await import('./sqlite/open.ts');
      return openSqliteStore({ path });
    }
    default:
      throw badBackend('STREAM_STORE_BACKEND', backend);
  }
}

/** The store that an instance's configuration names. Throws StoreOpenError. */
export function openConfigured(config: ServerConfig): Promise<Store> {
  const { stream_store_backend: backend, sqlite_path: path, history_limit } = config;
  return openStore({ backend, path, history_limit });
}

export interface LocksConfig extends LockOptions {
  readonly backend: Backend;
}

/** The store is the one the streams are in. Throws StoreOpenError. */
export function openLocks({ backend, ...options }: LocksConfig, store: Store): LockManager {
  switch (backend) {
    case 'memory':
      return createMemoryLocks(options);
    case 'sqlite':
      return openSqliteLocks(store, options);
    default:
      throw badBackend('LOCK_BACKEND', backend);
  }
}

function badBackend(variable: string, found: never): StoreOpenError {
  const accepted = BACKENDS.join(' or ');
  return new StoreOpenError('bad_backend', `${variable}: found ${JSON.stringify(found)}; accepted is ${accepted}`);
}
