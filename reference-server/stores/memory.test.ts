import t from 'tap';
import { createMemoryStore } from './memory.ts';
import { allEvents, anEvent, createJob, idsFrom, someEvents } from './test-support/fixtures.ts';
import { storeContract } from './test-support/store-contract.ts';

t.test('contract', (t) => storeContract(t, 'memory', async () => createMemoryStore({ history_limit: 10_000 })));

t.test('traits: gone with the process, and no other process can open it', async (t) => {
  t.strictSame(createMemoryStore({ history_limit: 1 }).traits, { durable: false, shared: false });
});

t.test('the newest HISTORY_LIMIT events of each stream are kept, and the first kept id says so', async (t) => {
  const store = createMemoryStore({ history_limit: 500 });
  const account_id = 'account-a';
  const [long, short] = [await createJob(store, { account_id }), await createJob(store, { account_id })];
  await store.append(short, [anEvent(1)]);
  await store.append(long, someEvents(499));
  await store.append(long, [anEvent('500th')]);
  t.match(await store.job(long), { first_kept_id: 1, last_event_id: 500 });
  await store.append(long, [anEvent('501st')]);
  t.match(await store.job(long), { first_kept_id: 2, last_event_id: 501 });
  await store.append(long, someEvents(1000));
  t.match(await store.job(long), { first_kept_id: 1002, last_event_id: 1501 });
  t.match(await store.list(account_id), [{ job_id: short, first_kept_id: 1 }, { first_kept_id: 1002 }]);

  const page = await store.read(long, 0, 3);
  t.strictSame(
    page?.events.map((event) => event.id),
    [1002, 1003, 1004],
    'ids stay what they were',
  );
  t.equal(page?.job.first_kept_id, 1002);
  t.strictSame(
    (await allEvents(store, long)).map((event) => event.id),
    idsFrom(1002, 500),
  );
});

t.test('an attached reader holds back pruning, up to the hard cap', async (t) => {
  const store = createMemoryStore({ history_limit: 10 });
  const job_id = await createJob(store);
  let cursor = 5;
  const first_kept = async (): Promise<number> => (await store.job(job_id))?.first_kept_id ?? 0;

  await store.append(job_id, someEvents(10));
  const unpin = store.pin?.(job_id, { cursor: () => cursor });
  await store.append(job_id, someEvents(20));
  t.equal(await first_kept(), 6, 'what it has not read is there');
  cursor = 12;
  await store.append(job_id, [anEvent('31st')]);
  t.equal(await first_kept(), 13, 'what it has read goes');
  await store.append(job_id, someEvents(1000));
  t.equal(await first_kept(), 1031 - 400 + 1, 'no further than the hard cap');
  unpin?.();
  t.equal(await first_kept(), 1031 - 10 + 1, 'at once when it leaves');

  cursor = 1031;
  store.pin?.(job_id, { cursor: () => cursor });
  await store.append(job_id, [anEvent('1032nd')]);
  t.equal(await first_kept(), 1032 - 10 + 1, 'a reader at the tail does not shorten the history');
  t.type(store.pin?.('no such job', { cursor: () => 0 }), 'function', 'nothing to hold back');
});

t.test('the append keys of a stream are bounded, the oldest forgotten first', async (t) => {
  const store = createMemoryStore({ history_limit: 1 });
  const job_id = await createJob(store);
  const append = (key: number) =>
    store.append(job_id, [anEvent(key)], { idempotency: { key: `k${key}`, fingerprint: 'body' } });
  for (let key = 0; key <= 10_000; key += 1) await append(key);
  t.equal((await append(1)).kind, 'repeated');
  t.equal((await append(0)).kind, 'appended');
});
