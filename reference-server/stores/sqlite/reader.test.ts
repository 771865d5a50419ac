import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { createJob, idsFrom, someEvents } from '../test-support/fixtures.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { openSqliteStore } from './open.ts';
import { attempt, createReader } from './reader.ts';

const sqliteError = (code: string) => Object.assign(new Error('from SQLite'), { code });
const OPEN = { open: true };

t.test('a busy read is tried again', async (t) => {
  let tries = 0;
  const result = await attempt(OPEN, () => {
    tries += 1;
    if (tries < 4) throw sqliteError('SQLITE_BUSY_RECOVERY');
    return 'read';
  });
  t.strictSame([result, tries], ['read', 4]);
});

t.test('a read that stays busy, or fails otherwise, is unavailable by its code', async (t) => {
  const failing = (code: string) => () => {
    throw sqliteError(code);
  };
  await t.rejects(attempt(OPEN, failing('SQLITE_BUSY')), { name: 'StoreUnavailable', code: 'SQLITE_BUSY' });
  await t.rejects(attempt(OPEN, failing('SQLITE_IOERR_READ')), { name: 'StoreUnavailable', code: 'SQLITE_IOERR_READ' });
  await t.rejects(attempt({ open: false }, failing('SQLITE_BUSY')), { name: 'StoreUnavailable', code: 'closed' });
});

t.test('a mistake of ours is no outage', async (t) => {
  const mistake = new TypeError('of ours');
  await t.rejects(
    attempt(OPEN, () => {
      throw mistake;
    }),
    mistake,
  );
});

t.test('a long read lets other work have its turn and is one moment all the same', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db') });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  for (let batch = 0; batch < 5; batch += 1) await store.append(job_id, someEvents(1000, batch));
  let turns = 0;
  let reading = true;
  const count = (): void => {
    turns += 1;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  const read = store.read(job_id, 0, Infinity);
  const append = store.append(job_id, someEvents(10, 'late'));
  const page = await read;
  reading = false;
  t.equal(page?.job.last_event_id, 5000);
  t.strictSame(
    page?.events.map((event) => event.id),
    idsFrom(1, 5000),
  );
  t.ok(turns >= 9, `${turns} turns`);
  await append;
});

t.test('a stream that is removed during a long read was never there', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  await store.append(job_id, someEvents(1000));
  const db = new Database(path);
  t.teardown(() => db.close());
  const read = createReader(db).read(job_id, 0, Infinity);
  // The first slice was read in the call itself; the next one's turn has not come.
  db.prepare('update run_metadata set removed_at = 1 where job_id = ?').run(job_id);
  t.equal(await read, null);
});

t.test('a page is read in one snapshot, whatever commits between its two statements', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  await store.append(job_id, someEvents(2));
  const other = new Database(path);
  t.teardown(() => other.close());
  const db = new Database(path);
  t.teardown(() => db.close());
  const prepare = db.prepare.bind(db);
  let commits = 0;
  db.prepare = ((sql: string) => {
    const statement = prepare(sql);
    const iterate = statement.iterate.bind(statement);
    statement.iterate = (...parameters) => {
      if (sql.includes('from run_events')) {
        other.prepare(`insert into run_events (job_id, seq, ts, type, payload) values (?, 3, 0, '', '')`).run(job_id);
        other.prepare(`update run_metadata set last_seq = 3 where job_id = ?`).run(job_id);
        commits += 1;
      }
      return iterate(...parameters);
    };
    return statement;
  }) as typeof db.prepare;
  const page = await createReader(db).read(job_id, 0, 10);
  t.equal(commits, 1);
  t.match(page?.job, { last_event_id: 2 });
  t.equal(page?.events.length, 2);
});
