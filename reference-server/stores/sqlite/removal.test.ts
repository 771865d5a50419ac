import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { anEvent, createJob, FAR_FUTURE_MS, idsFrom, someEvents } from '../test-support/fixtures.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { PURGE_EVENTS, PURGED_AT_ONCE } from './limits.ts';
import { openSqliteStore, type SqliteStore } from './open.ts';
import { openWriter } from './writer.ts';

/** A store with a stream of `steps` steps of a removal, half of its appends by key, and how many rows are left of it. */
async function withLongStream(t: Test, steps: number) {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = await createJob(store);
  await appendSteps(store, job_id, steps);
  const db = new Database(path, { readonly: true });
  t.teardown(() => db.close());
  const count = (table: string): number =>
    db.prepare<[string], number>(`select count(*) from ${table} where job_id = ?`).pluck().get(job_id) ?? -1;
  return { path, store, job_id, left: () => [count('run_events'), count('append_keys')] };
}

async function appendSteps(store: SqliteStore, job_id: string, steps: number): Promise<void> {
  const keys = Array.from({ length: steps * PURGE_EVENTS }, (_, index) => ({ key: `k${index}`, fingerprint: 'f' }));
  await Promise.all(keys.map((idempotency) => store.append(job_id, [anEvent(1)], { idempotency })));
}

t.test('a long stream is gone at once and removed in steps, between which others write', async (t) => {
  const { store, job_id, left } = await withLongStream(t, 3);
  const other = await createJob(store);
  const { commits } = store.stats();
  const order: string[] = [];
  const removed = store.remove(job_id).then((was) => order.push(`removed ${String(was)}`));
  while ((await store.job(job_id)) !== null) await new Promise(setImmediate);
  await store.append(other, [anEvent(1)]);
  order.push('appended');
  await removed;
  t.strictSame(order, ['appended', 'removed true']);
  t.ok(store.stats().commits - commits > 3);
  t.strictSame(left(), [0, 0]);
  t.equal(await store.remove(job_id), false);
});

t.test('two long streams take turns: a transaction holds a step of one', async (t) => {
  const { store, job_id } = await withLongStream(t, 3);
  const other = await createJob(store);
  await appendSteps(store, other, 3);
  const { commits } = store.stats();
  await Promise.all([store.remove(job_id), store.remove(other)]);
  const steps_of_one = 3 + 3;
  t.ok(store.stats().commits - commits > 2 * steps_of_one, `${store.stats().commits - commits} commits`);
});

t.test('a removal is done, whatever becomes of its events at once; a sweep tells, and goes on', async (t) => {
  const { path, store, job_id, left } = await withLongStream(t, 2);
  const other = new Database(path);
  t.teardown(() => other.close());
  other.exec(`create trigger kept before delete on run_events begin select raise(abort, 'they are kept'); end`);
  t.equal(await store.remove(job_id), true);
  await t.rejects(store.sweep(0), /they are kept/);
  other.exec('drop trigger kept');
  t.strictSame(left(), [2 * PURGE_EVENTS, 2 * PURGE_EVENTS]);
  await store.sweep(0);
  t.strictSame(left(), [0, 0]);
});

t.test('large events go fewer at a time', async (t) => {
  const { store } = await withLongStream(t, 1);
  const job_id = await createJob(store);
  const payload_json = JSON.stringify('x'.repeat(1_000_000));
  for (let count = 0; count <= PURGED_AT_ONCE; count += 1) await store.append(job_id, [anEvent(1, { payload_json })]);
  const { commits } = store.stats();
  await store.remove(job_id);
  t.ok(store.stats().commits - commits > PURGED_AT_ONCE / 5);
});

t.test('what a process has left of a removed stream goes with any sweep of another', async (t) => {
  const { path, store, job_id, left } = await withLongStream(t, 2);
  await createJob(store);
  await store.append(await createJob(store), someEvents(3));
  await store.sweep(0);
  const options = { path, busy_timeout_ms: 5000, max_bytes: null, writer: 'w' };
  const dying = await openWriter(options, () => undefined);
  await dying.submit('remove', [job_id]);
  await dying.submit('purge', [job_id]);
  await dying.close();
  t.strictSame(left(), [PURGE_EVENTS, 2 * PURGE_EVENTS]);
  t.equal(await store.sweep(0), 0, 'no stream was removed');
  t.strictSame(left(), [0, 0]);
});

t.test('a long sweep leaves nothing either', async (t) => {
  const { store, job_id, left } = await withLongStream(t, 2);
  await store.append(job_id, [anEvent(1, { type: 'done' })]);
  await store.sweep(0);
  t.equal(await store.sweep(FAR_FUTURE_MS), 1);
  t.strictSame(left(), [0, 0]);
});

t.test('a read under way while its stream is removed is whole, or nothing', async (t) => {
  const { store, job_id } = await withLongStream(t, 4);
  const reads = Array.from({ length: 8 }, async (_, count) => {
    for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
    return store.read(job_id, 0, Infinity);
  });
  await store.remove(job_id);
  const all = idsFrom(1, 4 * PURGE_EVENTS);
  for (const page of await Promise.all(reads)) {
    if (page !== null)
      t.strictSame(
        page.events.map(({ id }) => id),
        all,
      );
  }
  t.equal(await store.read(job_id, 0, Infinity), null);
});
