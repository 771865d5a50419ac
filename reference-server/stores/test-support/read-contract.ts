import type { Test } from 'tap';
import type { Store } from '../store.ts';
import { anAccount, anEvent, createJob, DONE, idsFrom, someEvents, SYNTHETIC } from './fixtures.ts';

export async function readContract(t: Test, store: Store): Promise<void> {
  await t.test('a job comes back as it was created', async (t) => {
    const made = {
      account_id: anAccount(),
      client_id: 'client',
      application_id: 'app',
      synthetic: SYNTHETIC,
      created_at_ms: 1_700_000_000_123,
    };
    const job_id = await createJob(store, made);
    t.strictSame(await store.job(job_id), {
      job_id,
      ...made,
      status: 'running',
      updated_at_ms: 1_700_000_000_123,
      last_event_id: 0,
      first_kept_id: 1,
      epoch: 0,
    });
    t.strictSame(await store.read(job_id, 0, 10), { job: await store.job(job_id), events: [] });
  });

  await t.test('reads are exclusive of their cursor, ascending and no longer than asked', async (t) => {
    const job_id = await createJob(store);
    await store.append(job_id, someEvents(1000));
    await store.append(job_id, someEvents(702));
    const tail = 1702;
    for (const after of [0, 1, 9, 10, 99, 100, 255, 256, 499, 500, 501, 999, 1000, 1001, tail - 1, tail, tail + 1]) {
      for (const limit of [1, 2, 100, 256, 499, 500, 501, 1000, 1001, Infinity]) {
        const page = await store.read(job_id, after, limit);
        const ids = page?.events.map((event) => event.id);
        t.strictSame(
          ids,
          idsFrom(after + 1, Math.max(0, Math.min(limit, tail - after))),
          `after ${after} limit ${limit}`,
        );
        t.equal(page?.job.last_event_id, tail);
      }
    }
  });

  await t.test(
    'a page of large events is shorter, without a gap and never empty; all of it is all of it',
    async (t) => {
      const job_id = await createJob(store);
      const large = anEvent('large', { payload_json: JSON.stringify('x'.repeat(1 << 20)) });
      for (let count = 0; count < 12; count += 1) await store.append(job_id, [large]);
      const read: number[] = [];
      for (let pages = 0; read.length < 12; pages += 1) {
        const ids = (await store.read(job_id, read.length, 1000))?.events.map(({ id }) => id) ?? [];
        t.ok(ids.length > 0 && ids.length < 12 && pages < 12, `${ids.length} of 12`);
        read.push(...ids);
      }
      t.strictSame(read, idsFrom(1, 12));
      t.equal((await store.read(job_id, 0, Infinity))?.events.length, 12);
    },
  );

  await t.test('a page is one moment: its job and its events belong together, also while others append', async (t) => {
    const job_id = await createJob(store);
    await store.append(job_id, someEvents(900));
    const writes = (async () => {
      for (let batch = 0; batch < 30; batch += 1) await store.append(job_id, someEvents(37, batch));
      await store.append(job_id, [DONE]);
    })();
    let pages = 0;
    for (let status: string | undefined = 'running'; status === 'running'; pages += 1) {
      const page = await store.read(job_id, 0, Infinity);
      const last = page?.events.at(-1);
      const torn = {
        tail: page?.job.last_event_id !== last?.id,
        batch: ((last?.id ?? 0) - 900) % 37 !== 0 && last?.type !== 'done',
        status: (page?.job.status === 'completed') !== (last?.type === 'done'),
        hole: page?.events.some((event, index) => event.id !== index + 1),
      };
      if (torn.tail || torn.batch || torn.status || torn.hole) t.fail('torn page', { torn });
      status = page?.job.status;
    }
    await writes;
    t.equal((await store.job(job_id))?.last_event_id, 900 + 30 * 37 + 1, `${pages} pages read`);
  });

  await t.test('an acknowledged append is in the next read, and the job says so', async (t) => {
    const job_id = await createJob(store);
    const before_ms = Date.now();
    await store.append(job_id, [anEvent(1)]);
    const page = await store.read(job_id, 0, 10);
    t.match(page, { job: { last_event_id: 1, status: 'running' }, events: [{ id: 1 }] });
    const updated_at_ms = page?.job.updated_at_ms ?? 0;
    t.ok(updated_at_ms >= before_ms && updated_at_ms <= Date.now(), 'updated now');
  });
}
