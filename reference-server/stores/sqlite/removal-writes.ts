/**
 * Removing streams, on the writer thread. A stream is gone with one write, but its events go in steps, so that nobody's
 * append waits for a long one. Where the process ends between two steps, the next store that sweeps finds what is left.
 */
import type { Database } from 'better-sqlite3';
import { PURGE_EVENTS, SWEEP_STREAMS } from './limits.ts';
import type { Transaction } from './transaction.ts';

export interface Swept {
  readonly removed: number;
  /** Removed streams with events left, in this sweep or by a process that has ended: purge them. */
  readonly unpurged: readonly string[];
}

/** Streams that have events, one seek into the index for each. */
const WITH_EVENTS = `
  with recursive streams (job_id) as (
    select min(job_id) from run_events
    union all
    select (select min(job_id) from run_events where job_id > streams.job_id) from streams
    where streams.job_id is not null
  )
  select job_id from streams where job_id is not null`;

export function removalWrites(db: Database, { rows }: Transaction) {
  const small = [`delete from tickets where job_id = ?`, `delete from stream_locks where stream_id = ?`].map((sql) =>
    db.prepare<[string]>(sql),
  );
  const purges = [
    `delete from run_events where id in (select id from run_events where job_id = ? limit ?)`,
    `delete from append_keys where (job_id, key) in (select job_id, key from append_keys where job_id = ? limit ?)`,
  ].map((sql) => db.prepare<[string, number]>(sql));
  const over = db
    .prepare<[number, number], string>(
      `select job_id from run_metadata
       where status <> 'running' and removed_at is null and updated_at < ? order by updated_at limit ?`,
    )
    .pluck();
  const leftovers = db
    .prepare<[], string>(`${WITH_EVENTS} and job_id in (select job_id from run_metadata where removed_at is not null)`)
    .pluck();
  const retireStartKey = db.prepare<[number, string]>(`update start_keys set removed_at = ? where job_id = ?`);
  const forgetStartKeys = db.prepare<[number]>(`delete from start_keys where removed_at < ?`);
  const forgetTickets = db.prepare<[number]>(`delete from tickets where used = 0 and expires_at < ?`);
  let isFirstSweep = true;

  /** True when there may be more. */
  function purge(job_id: string): boolean {
    return purges.map((statement) => statement.run(job_id, PURGE_EVENTS).changes).includes(PURGE_EVENTS);
  }

  function remove(job_id: string): 'missing' | 'removed' | 'unpurged' {
    const row = rows.get(job_id);
    if (row === null) return 'missing';
    const removed_at = Date.now();
    for (const removal of small) removal.run(job_id);
    retireStartKey.run(removed_at, job_id);
    rows.put({ ...row, removed_at });
    return purge(job_id) ? 'unpurged' : 'removed';
  }

  return {
    remove,
    purge,

    /** At most a handful at a time, so that no append waits for a long clean-up; none when nothing is left. */
    sweep(before_ms: number): Swept {
      forgetStartKeys.run(before_ms);
      forgetTickets.run(Date.now());
      const left = isFirstSweep ? leftovers.all() : [];
      isFirstSweep = false;
      const outcomes = over.all(before_ms, SWEEP_STREAMS).map((job_id) => ({ job_id, outcome: remove(job_id) }));
      const removed = outcomes.filter(({ outcome }) => outcome !== 'missing').length;
      const begun = outcomes.filter(({ outcome }) => outcome === 'unpurged').map(({ job_id }) => job_id);
      return { removed, unpurged: [...left, ...begun] };
    },
  };
}
