/**
 * Change hints. Own commits are signalled by the writer at once; those of other processes are found by asking
 * `PRAGMA data_version` every few milliseconds, with a slower look at the rows themselves beneath it. Only while
 * somebody listens. A hint may be lost, late or doubled: whoever needs an event reads the store.
 */
import type { Database } from 'better-sqlite3';
import type { Change } from '../store.ts';
import { sqliteCode } from './driver.ts';
import { CHANGE_POLL_MS, CHANGE_SWEEP_MS } from './limits.ts';
import { SELECT_HIGHEST_REV } from './schema.ts';
import type { Touched } from './transaction.ts';

export interface ChangeFeed {
  onChange(listener: (change: Change) => void): () => void;
  /** What this store's own writer has committed. */
  signal(touched: Touched): void;
  close(): void;
}

export interface ChangeFeedOptions {
  /** Commits by this writer are left out: they were signalled. */
  readonly writer: string;
  readonly poll_ms?: number;
  readonly sweep_ms?: number;
}

export function createChangeFeed(
  db: Database,
  { writer, poll_ms = CHANGE_POLL_MS, sweep_ms = CHANGE_SWEEP_MS }: ChangeFeedOptions,
): ChangeFeed {
  const highestRev = db.prepare<[], number>(SELECT_HIGHEST_REV).pluck();
  const changedJobs = db.prepare<[number, string], { job_id: string; last_seq: number; removed_at: number | null }>(
    `select job_id, last_seq, removed_at from run_metadata where rev > ? and writer <> ? order by rev`,
  );
  const changedKeys = db
    .prepare<[number, string], number>(`select count(*) from api_keys where rev > ? and writer <> ?`)
    .pluck();
  const listeners = new Set<(change: Change) => void>();
  let timers: NodeJS.Timeout[] = [];
  let data_version: unknown;
  let seen_rev = 0;

  const emit = (change: Change): void => {
    for (const listener of [...listeners]) listener(change);
  };

  /** One look at the database; what makes it fail makes every read fail too, and those say so. */
  function look(at: () => void): void {
    try {
      at();
    } catch (error) {
      if (sqliteCode(error) === null) throw error;
    }
  }

  /** Revs are given out under the write lock, so once one is seen, all below it were committed before. */
  const changesSince = db.transaction((since: number) => ({
    rev: highestRev.get() ?? 0,
    jobs: changedJobs.all(since, writer),
    keys: (changedKeys.get(since, writer) ?? 0) > 0,
  }));

  const sweep = (): void => {
    const { rev, jobs, keys } = changesSince(seen_rev);
    seen_rev = rev;
    for (const { job_id, last_seq, removed_at } of jobs) {
      emit(removed_at === null ? { kind: 'job', job_id, last_event_id: last_seq } : { kind: 'removed', job_id });
    }
    if (keys) emit({ kind: 'keys' });
  };

  const poll = (): void => {
    const version = db.pragma('data_version', { simple: true });
    if (version === data_version) return;
    sweep();
    data_version = version;
  };

  function start(): void {
    look(() => {
      data_version = db.pragma('data_version', { simple: true });
      seen_rev = highestRev.get() ?? 0;
    });
    timers = [setInterval(look, poll_ms, poll), setInterval(look, sweep_ms, sweep)].map((timer) => timer.unref());
  }

  function stop(): void {
    for (const timer of timers.splice(0)) clearInterval(timer);
  }

  return {
    onChange(listener) {
      // A copy, so that subscribing the same function twice is two subscriptions.
      const subscribed = (change: Change): void => {
        listener(change);
      };
      if (listeners.size === 0) start();
      listeners.add(subscribed);
      return () => {
        if (listeners.delete(subscribed) && listeners.size === 0) stop();
      };
    },
    signal({ jobs, removed, keys }) {
      for (const [job_id, last_event_id] of jobs) emit({ kind: 'job', job_id, last_event_id });
      for (const job_id of removed) emit({ kind: 'removed', job_id });
      if (keys) emit({ kind: 'keys' });
    },
    close() {
      listeners.clear();
      stop();
    },
  };
}
