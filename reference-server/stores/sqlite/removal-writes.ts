/**
 * Removing streams, on the writer thread. A stream is gone with one write, but a long one's events go in steps, so that
 * nobody's append waits for all of them. `last_seq` of a removed row is 0 once nothing is left: whoever sweeps next, in
 * whatever process, goes on where another was ended or refused.
 */
import type { Database } from 'better-sqlite3';
import { PURGE_BYTES, PURGE_EVENTS, PURGED_AT_ONCE, SWEEP_STREAMS } from './limits.ts';
import type { Transaction } from './transaction.ts';

export interface Swept {
  readonly removed: number;
  /** Removed streams of which something is left: purge them. */
  readonly unpurged: readonly string[];
}

export function removalWrites(db: Database, { rows }: Transaction) {
  const small = [`delete from tickets where job_id = ?`, `delete from stream_locks where stream_id = ?`].map((sql) =>
    db.prepare<[string]>(sql),
  );
  const oldest = db.prepare<[string, number], { seq: number; bytes: number }>(
    `select seq, octet_length(payload) as bytes from run_events where job_id = ? order by seq limit ?`,
  );
  const deleteEvents = db.prepare<[string, number]>(`delete from run_events where job_id = ? and seq <= ?`);
  const deleteKeys = db.prepare<[string, number]>(
    `delete from append_keys where (job_id, key) in (select job_id, key from append_keys where job_id = ? limit ?)`,
  );
  const isPurged = db.prepare<[string]>(
    `update run_metadata set last_seq = 0 where job_id = ? and removed_at is not null`,
  );
  const unpurged = db
    .prepare<[number], string>(`select job_id from run_metadata where removed_at is not null and last_seq > 0 limit ?`)
    .pluck();
  const over = db
    .prepare<[number, number], string>(
      `select job_id from run_metadata
       where status <> 'running' and removed_at is null and updated_at < ? order by updated_at limit ?`,
    )
    .pluck();
  const retireStartKey = db.prepare<[number, string]>(`update start_keys set removed_at = ? where job_id = ?`);
  const forgetStartKeys = db.prepare<[number]>(`delete from start_keys where removed_at < ?`);
  const forgetTickets = db.prepare<[number]>(`delete from tickets where used = 0 and expires_at < ?`);

  /** One step of the events; true when that was the last. */
  function deleteOldest(job_id: string): boolean {
    let [events, bytes, last_seq] = [0, 0, 0];
    for (const event of oldest.iterate(job_id, PURGE_EVENTS)) {
      events += 1;
      bytes += event.bytes;
      last_seq = event.seq;
      if (bytes >= PURGE_BYTES) break;
    }
    deleteEvents.run(job_id, last_seq);
    return events < PURGE_EVENTS && bytes < PURGE_BYTES;
  }

  function remove(job_id: string): 'missing' | 'removed' | 'unpurged' {
    const row = rows.get(job_id);
    if (row === null) return 'missing';
    const removed_at = Date.now();
    for (const removal of small) removal.run(job_id);
    retireStartKey.run(removed_at, job_id);
    const isSmall = row.last_seq <= PURGED_AT_ONCE && deleteOldest(job_id);
    if (isSmall) deleteKeys.run(job_id, PURGED_AT_ONCE);
    rows.put({ ...row, removed_at, last_seq: isSmall ? 0 : row.last_seq });
    return isSmall ? 'removed' : 'unpurged';
  }

  return {
    remove,

    /** One step of what is left of a removed stream; true when that was the last. */
    purge(job_id: string): boolean {
      const isLast = deleteOldest(job_id) && deleteKeys.run(job_id, PURGE_EVENTS).changes < PURGE_EVENTS;
      if (isLast) isPurged.run(job_id);
      return isLast;
    },

    /** At most a handful at a time, so that no append waits for a long clean-up; none when nothing is left. */
    sweep(before_ms: number): Swept {
      forgetStartKeys.run(before_ms);
      forgetTickets.run(Date.now());
      const removed = over.all(before_ms, SWEEP_STREAMS).filter((job_id) => remove(job_id) !== 'missing').length;
      return { removed, unpurged: unpurged.all(SWEEP_STREAMS) };
    },
  };
}
