import { join } from 'node:path';
import { mock } from 'node:test';
import Database from 'better-sqlite3';
import t from 'tap';
import type { Change } from '../store.ts';
import { isAbout, nextChange } from '../test-support/change-contract.ts';
import { anEvent, createJob } from '../test-support/fixtures.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { createChangeFeed } from './change-feed.ts';
import { openSqliteStore } from './open.ts';

t.test('another connection hears of appends, removals and revocations', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const [here, there] = [await openSqliteStore({ path }), await openSqliteStore({ path })];
  t.teardown(() => Promise.all([here.close(), there.close()]));
  const job_id = await createJob(there);
  const appended = nextChange(
    here,
    (change) => isAbout(job_id)(change) && 'last_event_id' in change && change.last_event_id === 1,
  );
  await there.append(job_id, [anEvent(1)]);
  t.strictSame(await appended, { kind: 'job', job_id, last_event_id: 1 });

  const last_of_burst = nextChange(here, (change) => change.kind === 'job' && change.last_event_id === 101);
  await Promise.all(Array.from({ length: 100 }, (_, index) => there.append(job_id, [anEvent(index)])));
  t.match(await last_of_burst, { job_id }, 'the tail of a burst is not forgotten');

  const removed = nextChange(here, isAbout(job_id));
  await there.remove(job_id);
  t.strictSame(await removed, { kind: 'removed', job_id });

  const keys = nextChange(here, (change) => change.kind === 'keys');
  await there.putKey({ api_key_id: 'key', account_id: 'a', secret_sha256: 's' });
  await keys;
  const revoked = nextChange(here, (change) => change.kind === 'keys');
  await there.revokeKey('key');
  t.strictSame(await revoked, { kind: 'keys' });
});

t.test('the polls', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const known = await createJob(store);
  const asked: string[] = [];
  const db = new Database(path, { verbose: (sql) => asked.push(String(sql)) });
  t.teardown(() => db.close());
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => {
    mock.timers.reset();
  });
  const append = (job_id: string) => store.append(job_id, [anEvent(1)]);
  const heardOf = (options: { writer: string; poll_ms: number; sweep_ms: number }) => {
    const feed = createChangeFeed(db, options);
    const heard: Change[] = [];
    const unsubscribe = feed.onChange((change) => heard.push(change));
    return { feed, heard, unsubscribe };
  };

  t.test('nothing is asked while nobody listens', async (t) => {
    const { unsubscribe, feed } = heardOf({ writer: 'me', poll_ms: 5, sweep_ms: 1e9 });
    const other = feed.onChange(() => undefined);
    unsubscribe();
    asked.length = 0;
    mock.timers.tick(10);
    t.equal(asked.length, 2, 'one still listens, and each poll asks one thing');
    other();
    mock.timers.tick(100);
    t.equal(asked.length, 2, 'nobody listens');
    feed.onChange(() => undefined);
    asked.length = 0;
    mock.timers.tick(5);
    t.equal(asked.length, 1, 'and again when somebody comes back');
    feed.close();
    mock.timers.tick(100);
    t.equal(asked.length, 1, 'closed');
  });

  t.test('the fast one tells of a commit once, and of nothing without one', async (t) => {
    const { heard, feed } = heardOf({ writer: 'me', poll_ms: 5, sweep_ms: 1e9 });
    mock.timers.tick(5);
    t.strictSame(heard, [], 'what was there before is no change');
    await append(known);
    mock.timers.tick(5);
    t.strictSame(heard, [{ kind: 'job', job_id: known, last_event_id: 1 }]);
    asked.length = 0;
    mock.timers.tick(50);
    t.equal(asked.length, 10, 'the commit was seen, and is not looked for again');
    t.equal(heard.length, 1);
    feed.close();
  });

  t.test('the slow one finds by itself what the fast one missed', async (t) => {
    const { heard, feed } = heardOf({ writer: 'me', poll_ms: 1e9, sweep_ms: 250 });
    await append(known);
    mock.timers.tick(249);
    t.strictSame(heard, []);
    mock.timers.tick(1);
    t.strictSame(heard, [{ kind: 'job', job_id: known, last_event_id: 2 }]);
    mock.timers.tick(1000);
    t.equal(heard.length, 1, 'once');
    feed.close();
  });

  t.test('commits of its own writer are left to the writer to tell', async (t) => {
    await append(known);
    const mine = db.prepare('select writer from run_metadata where job_id = ?').pluck().get(known) as string;
    const { heard, feed } = heardOf({ writer: mine, poll_ms: 5, sweep_ms: 10 });
    await append(known);
    mock.timers.tick(50);
    t.strictSame(heard, []);
    feed.signal({ jobs: [[known, 4]], removed: ['gone'], keys: true });
    t.strictSame(heard, [
      { kind: 'job', job_id: known, last_event_id: 4 },
      { kind: 'removed', job_id: 'gone' },
      { kind: 'keys' },
    ]);
    feed.close();
  });
});
