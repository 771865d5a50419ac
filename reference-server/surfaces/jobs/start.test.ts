import t from 'tap';
import { serve } from '../../test-support/test-server.ts';

t.test('a start names the stream and where to read it', async (t) => {
  const { call } = await serve(t);
  const reply = await call('POST', '/api/pipeline/start', { producer: 'api', application_id: 'app' });
  t.equal(reply.status, 202);
  const id = String(reply.json['job_id']);
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  t.match(reply.json, {
    success: true,
    stream_url: `/api/jobs/${id}/stream`,
    snapshot_url: `/api/jobs/${id}/snapshot`,
    events_url: `/api/jobs/${id}/events`,
  });
  t.match((await call('GET', `/api/jobs/${id}/snapshot`)).json, { status: 'running', application_id: 'app' });
});

t.test('a key starts once', async (t) => {
  const { call } = await serve(t);
  const start = (body: string, key = 'k') => call('POST', '/api/pipeline/start', body, { 'idempotency-key': key });
  const bodies = ['{"producer":"api"}', '{ "producer": "api" }', '{"producer":"api"}'];
  const ids = (await Promise.all(bodies.map((body) => start(body)))).map(({ json }) => json['job_id']);
  t.equal(new Set(ids).size, 1);
  t.equal((await start('{"producer":"api","application_id":"x"}')).status, 409);
  t.not((await start('{"producer":"api"}', 'other')).json['job_id'], ids[0]);
});

t.test('a bad start is refused by field', async (t) => {
  const { call } = await serve(t);
  const bad: readonly (readonly [unknown, RegExp, Record<string, string>?])[] = [
    ['{', /no JSON/],
    ['[]', /body/],
    [{ producer: 'magic' }, /producer/],
    [{ producer: 'synthetic' }, /events/],
    [{ producer: 'synthetic', events: 0 }, /events/],
    [{ producer: 'synthetic', events: 1.5 }, /events/],
    [{ producer: 'synthetic', events: 1, interval_ms: 60_001 }, /interval_ms/],
    [{ producer: 'api', extra: 1 }, /extra/],
    [{}, /X-Client-Id/, { 'x-client-id': 'not-a-uuid' }],
    [{}, /Idempotency-Key/, { 'idempotency-key': 'x'.repeat(256) }],
  ];
  for (const [body, message, headers] of bad) {
    const reply = await call('POST', '/api/pipeline/start', body, headers);
    t.equal(reply.status, 400);
    t.match(reply.json, { error: { code: 'bad_request', message } });
  }
  t.same((await call('GET', '/api/jobs')).json, { jobs: [] });
});
