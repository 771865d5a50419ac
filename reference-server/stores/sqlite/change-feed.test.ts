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
  t.same(await appended, { kind: 'job', job_id, last_event_id: 1 });

  const last_of_burst = nextChange(here, (change) => change.kind === 'job' && change.last_event_id === 101);
  await Promise.all(Array.from({ length: 100 }, (_, index) => there.append(job_id, [anEvent(index)])));
  t.match(await last_of_burst, { job_id }, 'the tail of a burst is not forgotten');

  const removed = nextChange(here, isAbout(job_id));
  await there.remove(job_id);
  t.match(await removed, { job_id });

  const keys = nextChange(here, (change) => change.kind === 'keys');
  await there.putKey({ api_key_id: 'key', account_id: 'a', secret_sha256: 's' });
  await keys;
  const revoked = nextChange(here, (change) => change.kind === 'keys');
  await there.revokeKey('key');
  t.same(await revoked, { kind: 'keys' });
});

t.test('the polls', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const known = await createJob(store);
  const db = new Database(path);
  t.teardown(() => db.close());
  let looks = 0;
  const pragma = db.pragma.bind(db);
  db.pragma = (...args) => {
    looks += 1;
    return pragma(...args);
  };
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
    looks = 0;
    mock.timers.tick(5);
    t.equal(looks, 1, 'one still listens');
    other();
    mock.timers.tick(100);
    t.equal(looks, 1);
    feed.onChange(() => undefined);
    mock.timers.tick(5);
    t.ok(looks > 1, 'and again when somebody comes back');
    feed.close();
    looks = 0;
    mock.timers.tick(100);
    t.equal(looks, 0, 'closed');
  });

  t.test('the fast one tells of a commit once, and of nothing without one', async (t) => {
    const { heard, feed } = heardOf({ writer: 'me', poll_ms: 5, sweep_ms: 1e9 });
    mock.timers.tick(5);
    t.same(heard, [], 'what was there before is no change');
    await append(known);
    mock.timers.tick(50);
    t.match(heard, [{ kind: 'job', job_id: known, last_event_id: 1 }]);
    t.equal(heard.length, 1);
    feed.close();
  });

  t.test('the slow one finds by itself what the fast one missed', async (t) => {
    const { heard, feed } = heardOf({ writer: 'me', poll_ms: 1e9, sweep_ms: 250 });
    await append(known);
    mock.timers.tick(249);
    t.same(heard, []);
    mock.timers.tick(1);
    t.match(heard, [{ kind: 'job', job_id: known, last_event_id: 2 }]);
    feed.close();
  });

  t.test('commits of its own writer are left to the writer to tell', async (t) => {
    await append(known);
    const mine = db.prepare('select writer from run_metadata where job_id = ?').pluck().get(known) as string;
    const { heard, feed } = heardOf({ writer: mine, poll_ms: 5, sweep_ms: 10 });
    await append(known);
    mock.timers.tick(50);
    t.same(heard, []);
    feed.signal({ jobs: [[known, 4]], keys: true });
    t.same(heard, [{ kind: 'job', job_id: known, last_event_id: 4 }, { kind: 'keys' }]);
    feed.close();
  });
});
