/** What cannot be written is refused as a whole, consumes no id, and the store goes on when it can again. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import type { Store } from '../store.ts';
import {
  aJob,
  allEvents,
  anEvent,
  createJob,
  DONE,
  FAR_FUTURE_MS,
  idsFrom,
  someEvents,
} from '../test-support/fixtures.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { MAX_QUEUED_BYTES, MAX_QUEUED_WRITES } from './limits.ts';
import { openSqliteStore } from './open.ts';

const filler = (bytes: number) => anEvent('', { payload_json: JSON.stringify('x'.repeat(bytes)) });

t.test('disk full: refused, nothing stored, no id consumed; served again once there is room', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db'), max_bytes: 512 * 1024 });
  t.teardown(() => store.close());
  const [ballast, job_id] = [await createJob(store), await createJob(store)];
  let stored = 0;
  const refusal: unknown = await (async () => {
    for (;;) {
      await store.append(ballast, [filler(10_000)]);
      stored += 1;
    }
  })().catch((error: unknown) => error);
  t.match(refusal, { name: 'StoreUnavailable', code: 'SQLITE_FULL' });
  t.equal((await allEvents(store, ballast)).length, stored, 'what was acknowledged is there, what was refused is not');
  await t.rejects(store.append(job_id, [anEvent(1), filler(100_000)]), { code: 'SQLITE_FULL' });
  t.match(await store.job(job_id), { last_event_id: 0 });

  await store.remove(ballast);
  t.match(await store.append(job_id, [anEvent(1), filler(100_000)]), { kind: 'appended', ids: [1, 2] });
});

t.test('in a group one that fails takes nothing with it', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db') });
  t.teardown(() => store.close());
  const job = aJob();
  await store.create(job);
  const commits = store.stats().commits;
  const release = await store.holdWrites();
  const group = Promise.allSettled([
    store.append(job.job_id, [anEvent(1)]),
    store.create(job),
    store.append(job.job_id, [anEvent(2)]),
    store.create(aJob({ job_id: 'new' }), { key: 'k', fingerprint: 'f' }),
  ]);
  release();
  const outcomes = await group;
  t.equal(store.stats().commits, commits + 1, 'it was one group');
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  t.match(outcomes[2], { value: { ids: [2] } });
  t.not(await store.job('new'), null);
  t.not((outcomes[1] as PromiseRejectedResult).reason, { name: 'StoreUnavailable' }, 'a mistake, not an outage');
});

t.test('one that fails half-way leaves nothing of itself, and no hole in the ids', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  const db = new Database(path);
  db.exec(`create trigger half_way before insert on run_events when new.type = 'refused'
           begin select raise(abort, 'refused half-way'); end`);
  db.close();
  const claim = { idempotency: { key: 'k', fingerprint: 'f' }, epoch: 9 };
  const release = await store.holdWrites();
  const group = Promise.allSettled([
    store.append(job_id, someEvents(2, 'before')),
    store.append(job_id, [...someEvents(5, 'half'), anEvent('', { type: 'refused' })], claim),
    store.append(job_id, someEvents(3, 'after'), { epoch: 1 }),
  ]);
  release();
  const [before, half, after] = await group;
  t.match(before, { value: { ids: [1, 2] } });
  t.match(half, { status: 'rejected', reason: /half-way/ });
  t.match(after, { value: { kind: 'appended', ids: [3, 4, 5] } });
  const stored = await allEvents(store, job_id);
  t.strictSame(
    stored.map((event) => event.payload_json),
    [...someEvents(2, 'before'), ...someEvents(3, 'after')].map((event) => event.payload_json),
  );
  t.match(await store.append(job_id, [anEvent(1)], { ...claim, epoch: 1 }), { kind: 'appended', ids: [6] });
});

t.test('a sweep that fails half-way removes nothing', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const jobs = [await createJob(store), await createJob(store)];
  for (const job_id of jobs) await store.append(job_id, [DONE]);
  const db = new Database(path);
  db.exec(`create trigger half_way before delete on run_events when old.job_id = '${jobs[1] ?? ''}'
           begin select raise(abort, 'refused half-way'); end`);
  db.close();
  await t.rejects(store.sweep(FAR_FUTURE_MS), /half-way/);
  for (const job_id of jobs) t.equal((await allEvents(store, job_id)).length, 1);
});

t.test('disk full in a group: the small ones of it are stored, ids stay dense', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db'), max_bytes: 256 * 1024 });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  const release = await store.holdWrites();
  const group = Promise.allSettled([
    store.append(job_id, someEvents(2)),
    store.append(job_id, [anEvent('too big'), filler(400_000)]),
    store.append(job_id, someEvents(3)),
  ]);
  release();
  const acknowledged = (await group).flatMap((outcome) =>
    outcome.status === 'fulfilled' && 'ids' in outcome.value ? outcome.value.ids : [],
  );
  const stored = (await allEvents(store, job_id)).map((event) => event.id);
  t.strictSame(stored, acknowledged, 'exactly what was acknowledged');
  t.strictSame(stored, idsFrom(1, stored.length));
});

t.test('locked by another process: refused after the busy timeout, served again after it', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path, busy_timeout_ms: 20 });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  const other = new Database(path);
  other.exec('begin immediate');
  const refusal = { name: 'StoreUnavailable', code: 'SQLITE_BUSY' };
  await t.rejects(store.append(job_id, [anEvent(1)]), refusal);
  await t.rejects(store.ping(), refusal, 'not ready while it cannot write');
  t.match(await store.job(job_id), { last_event_id: 0 }, 'reads go on');
  other.exec('rollback');
  other.close();
  t.match(await store.append(job_id, [anEvent(1)]), { kind: 'appended', ids: [1] });
});

t.test('a write waits for a lock that is soon free', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  const other = new Database(path);
  other.exec('begin immediate');
  const append = store.append(job_id, [anEvent(1)]);
  await new Promise(setImmediate);
  other.exec('rollback');
  other.close();
  t.match(await append, { kind: 'appended' });
});

for (const { what, event, most } of [
  { what: 'writes', event: anEvent(1), most: MAX_QUEUED_WRITES },
  { what: 'bytes', event: filler(1024 * 1024), most: MAX_QUEUED_BYTES / (1024 * 1024) },
]) {
  t.test(`the queue is bounded in ${what}: what does not fit is refused at once, the rest is written`, async (t) => {
    const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db') });
    t.teardown(() => store.close());
    const job_id = await createJob(store);
    const release = await store.holdWrites();
    const appends = Array.from({ length: most + 4 }, () => store.append(job_id, [event]));
    const last = store.append(job_id, [event]);
    appends.push(last);
    await t.rejects(last, { name: 'StoreUnavailable', code: 'queue_full' });
    release();
    const outcomes = await Promise.allSettled(appends);
    const refused = outcomes.filter(({ status }) => status === 'rejected').length;
    t.ok(refused >= 5 && refused <= 6, `${refused} refused`);
    t.match(await store.job(job_id), { last_event_id: most + 5 - refused });
  });
}

t.test('holdWrites: nothing is committed until it is released, by the last of several', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store: Store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  void store.append(job_id, [anEvent('under way')]);
  await new Promise(setImmediate);
  const releases = [await store.holdWrites?.(), await store.holdWrites?.()];
  t.match(await store.job(job_id), { last_event_id: 1 }, 'what was under way is done');
  const append = store.append(job_id, [anEvent('held')]);
  const other = await openSqliteStore({ path });
  await other.append(job_id, [anEvent('of another process')]);
  await other.close();
  releases[0]?.();
  releases[0]?.();
  await new Promise(setImmediate);
  t.match(await store.job(job_id), { last_event_id: 2 }, 'still held by the second');
  releases[1]?.();
  t.match(await append, { ids: [3] });
});
