/**
 * The peer of `append`: the same rows by better-sqlite3 alone, with an fsync per commit, in groups. No queue, no thread,
 * no acknowledgement, no idempotency, no status.
 */
import { loadDriver } from '../../reference-server/stores/sqlite/driver.ts';
import { EVENT, eventsOf, streamId, type AppendMeasured, type AppendTask } from '../append/rows.ts';
import { answerWith } from '../process.ts';

/** Rows of one commit. */
const GROUP = 64;

answerWith(async (task: AppendTask): Promise<AppendMeasured> => {
  const Driver = await loadDriver();
  const db = new Driver(task.path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`create table run_events (
    id integer primary key, job_id text not null, seq integer not null, type text not null, payload text not null,
    ts integer not null, unique (job_id, seq)
  )`);
  const insert = db.prepare('insert into run_events (job_id, seq, type, payload, ts) values (?, ?, ?, ?, ?)');
  const events = eventsOf(task);
  const insertGroup = db.transaction((first: number) => {
    for (let row = first; row < Math.min(first + GROUP, events); row++) {
      const seq = Math.floor(row / task.appenders) + 1;
      insert.run(streamId(row % task.appenders), seq, EVENT.type, EVENT.payload_json, EVENT.ts);
    }
  });
  const from_ms = performance.now();
  for (let first = 0; first < events; first += GROUP) insertGroup.immediate(first);
  const duration_ms = performance.now() - from_ms;
  db.close();
  return { events, duration_ms, commits: Math.ceil(events / GROUP) };
});
