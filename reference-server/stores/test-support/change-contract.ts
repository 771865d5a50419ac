import type { Test } from 'tap';
import type { Change, Store } from '../store.ts';
import { anAccount, anEvent, createJob, DONE } from './fixtures.ts';

/** Resolves with the first change that fits; the test's own timeout is what ends a wait in vain. */
export function nextChange(store: Store, fits: (change: Change) => boolean): Promise<Change> {
  return new Promise((resolve) => {
    const unsubscribe = store.onChange((change) => {
      if (!fits(change)) return;
      unsubscribe();
      resolve(change);
    });
  });
}

export const isAbout =
  (job_id: string) =>
  (change: Change): boolean =>
    change.kind !== 'keys' && change.job_id === job_id;

export async function changeContract(t: Test, store: Store): Promise<void> {
  await t.test('an append and an end are told with the tail, a remove as what it is', async (t) => {
    const job_id = await createJob(store);
    const appended = nextChange(store, isAbout(job_id));
    await store.append(job_id, [anEvent(1), anEvent(2)]);
    t.strictSame(await appended, { kind: 'job', job_id, last_event_id: 2 });
    const ended = nextChange(store, isAbout(job_id));
    await store.append(job_id, [DONE]);
    t.strictSame(await ended, { kind: 'job', job_id, last_event_id: 3 });
    const removed = nextChange(store, isAbout(job_id));
    await store.remove(job_id);
    t.strictSame(await removed, { kind: 'removed', job_id });
  });

  await t.test('what a hint tells of can be read when it comes', async (t) => {
    const job_id = await createJob(store);
    const read = nextChange(store, isAbout(job_id)).then(() => store.read(job_id, 0, 10));
    await store.append(job_id, [anEvent(1)]);
    t.equal((await read)?.events.length, 1);
  });

  await t.test('a burst of appends ends with a hint that carries the tail', async (t) => {
    const job_id = await createJob(store);
    const tail = nextChange(store, (change) => change.kind === 'job' && change.last_event_id === 50);
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.append(job_id, [anEvent(index)])));
    t.match(await tail, { job_id });
  });

  await t.test('a revocation is told', async (t) => {
    await store.putKey({ api_key_id: 'key-1', account_id: anAccount(), secret_sha256: 'aa11' });
    const told = nextChange(store, (change) => change.kind === 'keys');
    await store.revokeKey('key-1');
    t.strictSame(await told, { kind: 'keys' });
  });

  await t.test('whoever unsubscribed hears nothing more, the others do', async (t) => {
    const job_id = await createJob(store);
    const heard: string[] = [];
    const listener = (): void => void heard.push('same function twice');
    store.onChange(listener);
    const unsubscribe = store.onChange(listener);
    const unsubscribeOther = store.onChange(() => heard.push('other'));
    unsubscribe();
    unsubscribe();
    unsubscribeOther();
    const told = nextChange(store, isAbout(job_id));
    await store.append(job_id, [anEvent(1)]);
    await told;
    t.strictSame(heard, ['same function twice']);
  });
}
