import type { Test } from 'tap';
import type { AppendOptions, Store } from '../store.ts';
import { aJob, allEvents, anAccount, anEvent, createJob, DONE, FAR_FUTURE_MS, someEvents } from './fixtures.ts';

const KEY: AppendOptions = { idempotency: { key: 'k-1', fingerprint: 'body-1' } };
const OTHER_BODY: AppendOptions = { idempotency: { key: 'k-1', fingerprint: 'body-2' } };

export async function idempotencyContract(t: Test, store: Store): Promise<void> {
  await t.test('append: a repeat answers the ids and the tail of the first time', async (t) => {
    const job_id = await createJob(store);
    await store.append(job_id, [anEvent(0)]);
    const first = await store.append(job_id, someEvents(3), KEY);
    t.strictSame(first, { kind: 'appended', ids: [2, 3, 4], last_event_id: 4 });
    await store.append(job_id, [anEvent('later')]);
    t.strictSame(await store.append(job_id, someEvents(3), KEY), { ...first, kind: 'repeated' });
    t.equal((await allEvents(store, job_id)).length, 5);
  });

  await t.test('append: concurrent duplicates share one result', async (t) => {
    const job_id = await createJob(store);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.append(job_id, someEvents(2), KEY)));
    t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['appended', ...Array<string>(49).fill('repeated')]);
    for (const outcome of outcomes) t.match(outcome, { ids: [1, 2], last_event_id: 2 });
    t.equal((await allEvents(store, job_id)).length, 2);
  });

  await t.test('append: the same key with another body is a conflict and stores nothing', async (t) => {
    const job_id = await createJob(store);
    await store.append(job_id, [anEvent(1)], KEY);
    t.strictSame(await store.append(job_id, [anEvent(2)], OTHER_BODY), { kind: 'conflict' });
    t.equal((await allEvents(store, job_id)).length, 1);
  });

  await t.test('append: a key belongs to its stream', async (t) => {
    const [one, other] = [await createJob(store), await createJob(store)];
    await store.append(one, [anEvent(1)], KEY);
    t.strictSame(await store.append(other, [anEvent(2)], OTHER_BODY), { kind: 'appended', ids: [1], last_event_id: 1 });
  });

  await t.test(
    'append: after the end a repeat still answers, a conflict still conflicts, a new key is finished',
    async (t) => {
      const job_id = await createJob(store);
      const first = await store.append(job_id, [anEvent(1), DONE], KEY);
      t.strictSame(await store.append(job_id, [anEvent(1), DONE], KEY), { ...first, kind: 'repeated' });
      t.strictSame(await store.append(job_id, [DONE], OTHER_BODY), { kind: 'conflict' });
      const fresh = { idempotency: { key: 'k-2', fingerprint: 'body-1' } };
      t.strictSame(await store.append(job_id, [DONE], fresh), { kind: 'finished' });
      t.strictSame(await store.append(job_id, [DONE], fresh), { kind: 'finished' }, 'a refusal is not remembered');
    },
  );

  await t.test('append: a key that was refused may be used again', async (t) => {
    const job_id = await createJob(store);
    await store.raiseEpoch(job_id, 3);
    t.strictSame(await store.append(job_id, [anEvent(1)], { ...KEY, epoch: 2 }), { kind: 'fenced' });
    t.equal((await store.append(job_id, [anEvent(1)], { ...OTHER_BODY, epoch: 3 })).kind, 'appended');
  });

  await t.test(
    'create: a repeat answers the first job, another body conflicts, another account is on its own',
    async (t) => {
      const account_id = anAccount();
      const job = aJob({ account_id });
      const claim = { key: 'start', fingerprint: 'body-1' };
      t.strictSame(await store.create(job, claim), { kind: 'created', job_id: job.job_id });
      t.strictSame(await store.create(aJob({ account_id }), claim), { kind: 'repeated', job_id: job.job_id });
      t.strictSame(await store.create(aJob({ account_id }), { ...claim, fingerprint: 'body-2' }), { kind: 'conflict' });
      t.equal((await store.create(aJob(), claim)).kind, 'created');
      t.equal((await store.create(aJob({ account_id }))).kind, 'created', 'without a key');
      t.strictSame((await store.list(account_id)).length, 2, 'neither a repeat nor a conflict makes a job');
    },
  );

  await t.test('create: concurrent duplicates make one job', async (t) => {
    const account_id = anAccount();
    const claim = { key: 'start', fingerprint: 'body' };
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.create(aJob({ account_id }), claim)));
    t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['created', ...Array<string>(49).fill('repeated')]);
    t.equal(new Set(outcomes.map((outcome) => 'job_id' in outcome && outcome.job_id)).size, 1);
    t.equal((await store.list(account_id)).length, 1);
  });

  await t.test('create: the key of a removed job does not start it again until a sweep forgets it', async (t) => {
    const account_id = anAccount();
    const job = aJob({ account_id });
    const claim = { key: 'start', fingerprint: 'body' };
    await store.create(job, claim);
    await store.remove(job.job_id);
    await store.sweep(0);
    t.strictSame(await store.create(aJob({ account_id }), claim), { kind: 'repeated', job_id: job.job_id });
    t.equal(await store.job(job.job_id), null);
    await store.sweep(FAR_FUTURE_MS);
    t.equal((await store.create(aJob({ account_id }), claim)).kind, 'created');
  });
}
