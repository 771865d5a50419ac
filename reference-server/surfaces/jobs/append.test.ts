import t from 'tap';
import { StoreUnavailable, OutcomeUnknown } from '../../stores/errors.ts';
import { serve } from '../../test-support/test-server.ts';

for (const STREAM_STORE_BACKEND of ['memory', 'sqlite']) {
  t.test(`appends on ${STREAM_STORE_BACKEND}`, async (t) => {
    const { call, startJob, append } = await serve(t, { STREAM_STORE_BACKEND });
    const stored = async (job: string): Promise<string> => (await call('GET', `/api/jobs/${job}/events`)).text;

    await t.test('one event or a list, acknowledged with their ids', async (t) => {
      const job = await startJob();
      const one = await call('POST', `/api/jobs/${job}/events`, { type: 'step_progress', payload: { at: 1 } });
      t.same([one.status, one.json], [201, { ids: [1], last_event_id: 1 }]);
      const list = await append(job, { type: 'x', payload: 1 }, { type: 'y', payload: null });
      t.same(list.json, { ids: [2, 3], last_event_id: 3 });
    });

    await t.test('texts and numbers survive exactly', async (t) => {
      const job = await startJob();
      const payloads = [
        '9007199254740993',
        '{"a":1.50,"b":1e3,"c":-0,"d":123456789012345678901234567890}',
        '{"text":"é🙂\u2028\\ud800 \\n"}',
        '{"__proto__":{"x":1},"1":0,"0":1.0}',
      ];
      for (const payload of payloads) {
        const body = `{ "type" : "x",\n "payload" : ${payload} }`;
        t.equal((await call('POST', `/api/jobs/${job}/events`, body)).status, 201);
      }
      const text = await stored(job);
      for (const number of ['9007199254740993', '1.50', '1e3', '-0', '123456789012345678901234567890', '1.0']) {
        t.ok(text.includes(number), number);
      }
      t.ok(text.includes('é🙂\u2028\\ud800 \\n'));
    });

    await t.test('what is malformed is refused whole, by name', async (t) => {
      const job = await startJob();
      const good = { type: 'x', payload: 1 };
      const bad: readonly (readonly [unknown, RegExp])[] = [
        ['', /body/],
        ['{', /no JSON/],
        ['3', /body: found/],
        [[], /list of 0/],
        [Array.from({ length: 1001 }, () => good), /list of 1001/],
        [[good, { payload: 1 }], /\[1\]\.type/],
        [[good, { type: '', payload: 1 }], /\[1\]\.type/],
        [[good, { type: 'x' }], /\[1\]\.payload/],
        [[{ type: 'done', payload: {} }, good], /\[0\]\.type/],
        [[{ type: 'error', payload: { fatal: true } }, good], /\[0\]\.type/],
        [{ ...good, id: 7 }, /body\.id/],
        [`{"type":"x","payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, /nested/],
      ];
      for (const [body, message] of bad) {
        const reply = await call('POST', `/api/jobs/${job}/events`, body);
        t.equal(reply.status, 400);
        t.match(reply.json, { error: { code: 'bad_request', message } });
      }
      t.match(await stored(job), '"events":[]');
    });

    await t.test('a key makes an append happen once', async (t) => {
      const job = await startJob();
      const send = (body: string) => call('POST', `/api/jobs/${job}/events`, body, { 'idempotency-key': 'k1' });
      const body = '{"type":"done","payload":{"n":1}}';
      const answers = await Promise.all([send(body), send(body), send(' { "type":"done", "payload":{"n": 1} }')]);
      for (const { status, json } of answers) t.same([status, json], [201, { ids: [1], last_event_id: 1 }]);
      t.equal((await send('{"type":"done","payload":{"n":2}}')).status, 409, 'another body');
      t.same((await send(body)).json, { ids: [1], last_event_id: 1 }, 'after the terminal event too');

      const other = await startJob();
      const elsewhere = await call('POST', `/api/jobs/${other}/events`, body, { 'idempotency-key': 'k1' });
      t.equal(elsewhere.status, 201, 'the key belongs to its stream');
    });

    await t.test('nothing follows the terminal event', async (t) => {
      const job = await startJob();
      await append(job, { type: 'error', payload: { fatal: true } });
      const late = await append(job, { type: 'x', payload: 1 });
      t.match([late.status, late.json], [409, { error: { code: 'conflict' } }]);
      t.match(await stored(job), /"status":"failed".*"next_cursor":1}/);
    });

    await t.test('a synthetic stream takes no others', async (t) => {
      const spec = { producer: 'synthetic', events: 3, interval_ms: 0 };
      const job = String((await call('POST', '/api/pipeline/start', spec)).json['job_id']);
      t.equal((await append(job, { type: 'x', payload: 1 })).status, 409);
    });
  });
}

t.test('a failed write is 503, counted, and seen by nobody; one that may be stored is 500', async (t) => {
  let failure: Error | null = null;
  const { call, startJob, append } = await serve(t, {}, (healthy) => ({
    ...healthy,
    store: {
      ...healthy.store,
      append: (...args) => (failure === null ? healthy.store.append(...args) : Promise.reject(failure)),
    },
  }));
  const job = await startJob();
  failure = new StoreUnavailable('SQLITE_FULL', 'the disk is full');
  const reply = await append(job, { type: 'x', payload: 1 });
  t.match([reply.status, reply.json], [503, { error: { code: 'unavailable' } }]);
  t.ok(reply.headers.get('retry-after'));
  failure = new OutcomeUnknown('the thread has ended');
  const lost = await append(job, { type: 'x', payload: 1 });
  t.match([lost.status, lost.json], [500, { error: { code: 'internal' } }]);
  failure = null;
  t.match((await call('GET', '/metrics')).text, /^persistence_failures_total 2$/m);
  t.same((await append(job, { type: 'x', payload: 1 })).json, { ids: [1], last_event_id: 1 });
});
