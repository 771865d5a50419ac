import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { Store } from '../store.ts';
import {
  aJob,
  anAccount,
  allEvents,
  anEvent,
  createJob,
  DONE,
  FAR_FUTURE_MS,
  idsFrom,
  someEvents,
  SYNTHETIC,
} from './fixtures.ts';
import type { OpenStore } from './store-contract.ts';

/** Every operation on one stream, and what a stream that is not there answers. */
const ON_A_STREAM: Record<string, { run: (store: Store, job_id: string) => Promise<unknown>; missing: unknown }> = {
  job: { run: (store, job_id) => store.job(job_id), missing: null },
  read: { run: (store, job_id) => store.read(job_id, 0, 10), missing: null },
  append: { run: (store, job_id) => store.append(job_id, [anEvent(1)]), missing: { kind: 'missing' } },
  'append of a known key': {
    run: (store, job_id) =>
      store.append(job_id, [anEvent(1)], { idempotency: { key: 'known', fingerprint: 'body' }, epoch: 1 }),
    missing: { kind: 'missing' },
  },
  raiseEpoch: { run: (store, job_id) => store.raiseEpoch(job_id, 99), missing: false },
  remove: { run: (store, job_id) => store.remove(job_id), missing: false },
};

export async function lifeContract(t: Test, store: Store, open: OpenStore): Promise<void> {
  await t.test("list: an account's own jobs, newest first", async (t) => {
    const account_id = anAccount();
    const made: string[] = [];
    for (const created_at_ms of [3000, 1000, 2000, 2000, 10_000])
      made.push(await createJob(store, { account_id, created_at_ms }));
    await createJob(store);
    const newest_first = [4, 0, 3, 2, 1].map((index) => made[index]);
    t.strictSame(
      (await store.list(account_id)).map((job) => job.job_id),
      newest_first,
    );
    t.strictSame(await store.list(anAccount()), []);
    await store.append(made[1] ?? '', [anEvent(1), DONE]);
    t.match((await store.list(account_id)).at(-1), { job_id: made[1], last_event_id: 2, status: 'completed' });
  });

  await t.test('unfinished: synthetic jobs without an end, and no others', async (t) => {
    const running = await createJob(store, { synthetic: SYNTHETIC });
    const over = await createJob(store, { synthetic: SYNTHETIC });
    const removed = await createJob(store, { synthetic: SYNTHETIC });
    await createJob(store);
    await store.append(over, [DONE]);
    await store.remove(removed);
    const unfinished = await store.unfinished();
    t.match(unfinished, [{ job_id: running, synthetic: SYNTHETIC }]);
    t.equal(unfinished.length, 1);
  });

  await t.test('a job_id is used once', async (t) => {
    const job = aJob();
    await store.create(job);
    await store.append(job.job_id, [anEvent(1)]);
    await t.rejects(store.create(job));
    t.equal((await allEvents(store, job.job_id)).length, 1);
  });

  await t.test('a removed stream is like one that never was', async (t) => {
    const account_id = anAccount();
    const job_id = await createJob(store, { account_id });
    const kept = await createJob(store, { account_id });
    await store.append(job_id, [anEvent(1)], { idempotency: { key: 'known', fingerprint: 'body' } });
    await store.append(kept, someEvents(3));
    t.equal(await store.remove(job_id), true);
    for (const [what, { run, missing }] of Object.entries(ON_A_STREAM)) {
      t.strictSame(await run(store, job_id), missing, `${what} after remove`);
      t.strictSame(await run(store, randomUUID()), missing, `${what} of a stream that never was`);
    }
    t.strictSame(
      (await store.list(account_id)).map((job) => job.job_id),
      [kept],
    );
    t.strictSame(
      (await allEvents(store, kept)).map((event) => event.id),
      idsFrom(1, 3),
      'others stay',
    );
  });

  await t.test('in one burst nothing is appended after the remove', async (t) => {
    const job_id = await createJob(store);
    const burst = [store.append(job_id, [anEvent(1)]), store.remove(job_id), store.append(job_id, [anEvent(2)])];
    t.match(await Promise.all(burst), [{ kind: 'appended' }, true, { kind: 'missing' }]);
  });

  await t.test('sweep: what has ended and was last touched before then, however much it is', async (t) => {
    await store.sweep(FAR_FUTURE_MS); // what other tests left
    const account_id = anAccount();
    const running = await createJob(store, { account_id });
    const over = await Promise.all(Array.from({ length: 45 }, () => createJob(store, { account_id })));
    for (const job_id of over) await store.append(job_id, [DONE]);
    const updated_at_ms = (await store.job(over[0] ?? ''))?.updated_at_ms ?? 0;
    t.equal(await store.sweep(updated_at_ms), 0, 'not what was touched at that very moment');
    t.equal(await store.sweep(FAR_FUTURE_MS), 45);
    t.equal(await store.sweep(FAR_FUTURE_MS), 0);
    t.strictSame(
      (await store.list(account_id)).map((job) => job.job_id),
      [running],
    );
    t.equal(await store.job(over[7] ?? ''), null);
  });

  await t.test('close waits for the writes under way, and refuses what comes after', async (t) => {
    const store = await open();
    const job_id = await createJob(store);
    const writes = Array.from({ length: 100 }, (_, index) => store.append(job_id, [anEvent(index)]));
    let settled = 0;
    for (const write of writes) void write.then(() => (settled += 1));
    await store.close();
    t.equal(settled, 100, 'all were acknowledged before close was done');
    const refusal = { name: 'StoreUnavailable', code: 'closed' };
    for (const [what, { run }] of Object.entries(ON_A_STREAM)) await t.rejects(run(store, job_id), refusal, what);
    await t.rejects(store.ping(), refusal, 'ping');
    await t.rejects(store.list('account-a'), refusal, 'list');
    await t.resolves(store.close(), 'closing twice is closing once');
  });

  await t.test('ping: an open store serves', async (t) => {
    await t.resolves(store.ping());
  });
}
