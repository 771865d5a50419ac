import type { Test } from 'tap';
import type { Store } from '../store.ts';
import type { NewEvent } from '../../../spec/wire.ts';
import { allEvents, anEvent, createJob, DONE, idsFrom, someEvents } from './fixtures.ts';

/** Texts that a careless column, parser or encoder alters. */
const DELICATE_JSON = [
  '9007199254740993',
  '1.0',
  '1e400',
  '-0',
  '123',
  '{"a":1,"a":2}',
  '"\\ud800"',
  '"\\u0000"',
  '"\u2028\u2029\u0085"',
  '"\ufeff😀é"',
  '{\n  "spaced" :\t[ 1 ,\r\n 2 ]\n}',
  `"${'x'.repeat(70_000)}"`,
];
const DELICATE_TYPES = ['', 'a\nevent: b', 'nul\u0000inside', 'ünï😀', '1.0'];

export async function appendContract(t: Test, store: Store): Promise<void> {
  await t.test('ids are dense from 1 on, within a stream', async (t) => {
    const [one, other] = [await createJob(store), await createJob(store)];
    for (let id = 1; id <= 11; id += 1) {
      const outcome = await store.append(one, [anEvent(id)]);
      t.strictSame(outcome, { kind: 'appended', ids: [id], last_event_id: id });
      if (id % 2 === 0) await store.append(other, [anEvent(id)]);
    }
    t.strictSame(
      (await allEvents(store, other)).map((event) => event.id),
      idsFrom(1, 5),
    );
  });

  await t.test('a batch of any accepted size is contiguous and complete', async (t) => {
    const job_id = await createJob(store);
    let first = 1;
    for (const size of [1, 99, 100, 101, 255, 256, 257, 499, 500, 501, 999, 1000]) {
      const events = someEvents(size, size);
      const outcome = await store.append(job_id, events);
      const last = first + size - 1;
      t.strictSame(outcome, { kind: 'appended', ids: idsFrom(first, size), last_event_id: last }, `${size} events`);
      const page = await store.read(job_id, first - 1, 1000);
      t.strictSame(
        page?.events,
        events.map((event, index) => ({ id: first + index, ...event })),
        `${size} events read`,
      );
      first += size;
    }
  });

  await t.test('a batch no store accepts is refused whole and consumes no id', async (t) => {
    const job_id = await createJob(store);
    const refused: Record<string, NewEvent[]> = {
      'no event': [],
      'more than 1000': someEvents(1001),
      'a terminal event before the end': [anEvent(1), DONE, anEvent(2)],
      'two terminal events': [DONE, DONE],
      'a lone surrogate in a type': [anEvent(1), anEvent(2, { type: 'x\ud800' })],
      'a lone surrogate in a payload': [anEvent(1, { payload_json: '"\udc00"' })],
    };
    for (const [what, events] of Object.entries(refused)) {
      await t.rejects(store.append(job_id, events), { name: 'RangeError' }, what);
    }
    t.strictSame(await store.append(job_id, [anEvent(1)]), { kind: 'appended', ids: [1], last_event_id: 1 });
    t.equal((await allEvents(store, job_id)).length, 1);
  });

  await t.test(
    'concurrent appends: every id once, every batch contiguous, every id with its own payload',
    async (t) => {
      const job_id = await createJob(store);
      const batches = Array.from({ length: 200 }, (_, index) => someEvents((index * 7) % 23 || 1, index));
      const outcomes = await Promise.all(batches.map((batch) => store.append(job_id, batch)));
      const stored = await allEvents(store, job_id);
      t.strictSame(
        stored.map((event) => event.id),
        idsFrom(1, batches.flat().length),
      );
      for (const [index, outcome] of outcomes.entries()) {
        if (!('ids' in outcome)) throw new Error(outcome.kind);
        const batch = batches[index] ?? [];
        const first = outcome.ids[0] ?? 0;
        t.strictSame(outcome.ids, idsFrom(first, batch.length), { diagnostic: false });
        t.strictSame(
          stored.slice(first - 1, first - 1 + batch.length).map((event) => event.payload_json),
          batch.map((event) => event.payload_json),
        );
      }
    },
  );

  await t.test('payload text, type and ts come back exactly as they went in', async (t) => {
    const job_id = await createJob(store);
    const events = [
      ...DELICATE_JSON.map((payload_json, index) => anEvent(index, { payload_json, ts: 1_700_000_000_000 + index })),
      ...DELICATE_TYPES.map((type) => anEvent(type, { type })),
    ];
    await store.append(job_id, events);
    const stored = await allEvents(store, job_id);
    t.strictSame(
      stored,
      events.map((event, index) => ({ id: index + 1, ...event })),
    );
  });

  for (const { end, status } of [
    { end: DONE, status: 'completed' },
    { end: anEvent(1, { type: 'error', payload_json: '{"fatal":true}' }), status: 'failed' },
  ]) {
    await t.test(`a terminal event makes the stream ${status} and nothing follows it`, async (t) => {
      const job_id = await createJob(store);
      const outcome = await store.append(job_id, [anEvent(1), end]);
      t.strictSame(outcome, { kind: 'appended', ids: [1, 2], last_event_id: 2 });
      t.equal((await store.job(job_id))?.status, status);
      t.strictSame(await store.append(job_id, [anEvent(3)]), { kind: 'finished' });
      t.strictSame(await store.append(job_id, [DONE]), { kind: 'finished' });
      t.equal((await allEvents(store, job_id)).length, 2);
    });
  }

  await t.test('of many ends at once exactly one is stored', async (t) => {
    const job_id = await createJob(store);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.append(job_id, [DONE])));
    t.strictSame(outcomes.map(({ kind }) => kind).sort(), ['appended', ...Array<string>(19).fill('finished')]);
    t.equal((await allEvents(store, job_id)).length, 1);
  });

  await t.test('an error that is not fatal goes on', async (t) => {
    const job_id = await createJob(store);
    await store.append(job_id, [anEvent(1, { type: 'error', payload_json: '{"fatal":"true"}' })]);
    t.equal((await store.job(job_id))?.status, 'running');
    t.equal((await store.append(job_id, [anEvent(2)])).kind, 'appended');
  });

  await t.test('fencing: a stale epoch writes nothing, a higher one raises the stream', async (t) => {
    const job_id = await createJob(store);
    t.equal((await store.job(job_id))?.epoch, 0);
    t.equal(await store.raiseEpoch(job_id, 2), true);
    t.equal(await store.raiseEpoch(job_id, 2), false, 'seen already');
    t.equal(await store.raiseEpoch(job_id, 1), false, 'seen a higher one');
    t.strictSame(await store.append(job_id, [anEvent('zombie')], { epoch: 1 }), { kind: 'fenced' });
    t.strictSame(await store.append(job_id, [anEvent(1)], { epoch: 2 }), {
      kind: 'appended',
      ids: [1],
      last_event_id: 1,
    });
    t.equal((await store.append(job_id, [anEvent(2)], { epoch: 5 })).kind, 'appended');
    t.equal((await store.job(job_id))?.epoch, 5);
    t.strictSame(await store.append(job_id, [anEvent('zombie')], { epoch: 4 }), { kind: 'fenced' });
    t.equal((await store.append(job_id, [anEvent(3)])).kind, 'appended', 'an append without an epoch is not fenced');
    await store.append(job_id, [DONE], { epoch: 5 });
    t.strictSame(await store.append(job_id, [DONE], { epoch: 4 }), { kind: 'fenced' }, 'fenced before finished');
    t.equal((await allEvents(store, job_id)).length, 4);
  });

  await t.test('fencing: in one burst nothing with the old epoch follows the raise', async (t) => {
    const job_id = await createJob(store);
    const burst = [
      store.append(job_id, [anEvent('before')], { epoch: 1 }),
      store.raiseEpoch(job_id, 2),
      store.append(job_id, [anEvent('after')], { epoch: 1 }),
    ] as const;
    const [before, raised, after] = await Promise.all(burst);
    t.strictSame([before.kind, raised, after.kind], ['appended', true, 'fenced']);
  });
}
