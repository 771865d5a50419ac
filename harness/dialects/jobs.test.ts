import t from 'tap';
import type { Exchange } from '../client/exchange.ts';
import type { SseEvent } from '../client/sse-event.ts';
import { jobs } from './jobs.ts';

function answer(status: number, body: string, end: Exchange['end'] = 'complete'): Exchange {
  return {
    number: 1,
    request: { method: 'GET', path: '/' },
    account_id: null,
    via: 'ingress',
    status,
    headers: [],
    body: Buffer.from(body),
    chunks: [],
    discarded_bytes: 0,
    sent_ms: 0,
    connected_ms: 0,
    reused_socket: false,
    headers_ms: 0,
    ended_ms: 0,
    end,
    error: null,
  };
}

function event(data: string, more: Partial<SseEvent> = {}): SseEvent {
  const position = { start_offset: 0, end_offset: 0, at_ms: 0 };
  return { kind: 'event', type: 'message', data, last_event_id: '7', has_id: true, ...position, ...more };
}

t.test('requests are as the surface says, ids escaped, cursors as given', async (t) => {
  t.match(jobs.start({}), { method: 'POST', path: '/api/pipeline/start', body: '{"producer":"api"}' });
  const synthetic = { events: 3, interval_ms: 0, payload_bytes: 1, seed: 9 };
  t.same(JSON.parse(String(jobs.start({ synthetic }).body)), { producer: 'synthetic', ...synthetic });
  t.same(jobs.start({ client_id: 'c', idempotency_key: 'k' }).headers?.slice(1), [
    ['X-Client-Id', 'c'],
    ['Idempotency-Key', 'k'],
  ]);
  t.equal(jobs.snapshot('a/../b').path, '/api/jobs/a%2F..%2Fb/snapshot');
  t.equal(jobs.poll('x', { after: ' 5', limit: '1' }).path, '/api/jobs/x/events?after=+5&limit=1');
  const resumed = jobs.subscribe('x', { cursor: '007' });
  t.same([resumed.path, resumed.headers?.at(-1)], ['/api/jobs/x/stream', ['Last-Event-ID', '007']]);
  const byQuery = jobs.subscribe('x', { cursor: '3', via: 'query', ticket: 't' });
  t.equal(byQuery.path, '/api/jobs/x/stream?after=3&ticket=t');
  t.notMatch(JSON.stringify(byQuery.headers), 'Last-Event-ID');
  t.same(jobs.sign('k'), [['Authorization', 'Bearer k']]);
});

t.test('a payload leaves and comes back with its exact number text', async (t) => {
  const big = '{"n":9007199254740993,"f":1.10}';
  t.equal(jobs.append('x', [{ type: 'a', payload_json: big }]).body, `[{"type":"a","payload":${big}}]`);
  const reading = jobs.readItem(event(`{"id":7,"ts":5,"type":"a","payload":${big}}`));
  t.match(reading, { kind: 'event', cursor: '7' });
  if (reading.kind !== 'event') return;
  t.match(reading.event.payload, '9007199254740993');
  t.same([reading.event.id, reading.event.ts, reading.event.terminal], [7, 5, false]);
  const polled = jobs.readPolled(
    answer(200, `{"status":"running","next_cursor":7,"events":[{"event_id":7,"ts":5,"type":"a","payload":${big}}]}`),
  );
  t.same(polled.events[0], reading.event, 'the same event in both modes');
});

t.test('the wire id counts; without one the data’s own does', async (t) => {
  const data = '{"id":3,"ts":1,"type":"done","payload":{"epoch":4,"nonce":"n"}}';
  t.match(jobs.readItem(event(data)), { event: { id: 7, terminal: true, epoch: 4, nonce: 'n' } });
  t.match(jobs.readItem(event(data, { has_id: false })), { event: { id: 3 } });
});

t.test('items that are no events are told apart', async (t) => {
  const comment = (text: string) => jobs.readItem({ kind: 'comment', text, start_offset: 0, end_offset: 0, at_ms: 0 });
  t.same(comment('keep-alive'), { kind: 'heartbeat' });
  t.same(comment(''), { kind: 'heartbeat' });
  t.same(comment(' '.repeat(2048)), { kind: 'other' }, 'padding is no sign of life');
  t.same(jobs.readItem(event('{"earliest":12}', { type: 'gap' })), { kind: 'gap', earliest: 12 });
  t.same(jobs.readItem(event('{}', { type: 'gap' })), { kind: 'gap', earliest: null });
  t.same(jobs.readItem(event('{"earliest":"12"}', { type: 'gap' })), { kind: 'gap', earliest: 12 });
  for (const earliest of ['null', '0', '-3', '1.5', '1e400', '9007199254740993', '"x"', '[5]', '{}']) {
    const gap = jobs.readItem(event(`{"earliest":${earliest}}`, { type: 'gap' }));
    t.same(gap, { kind: 'gap', earliest: null }, `${earliest} names no event`);
  }
  t.match(jobs.readItem(event('{"error":{}}', { type: 'error', has_id: false })), { kind: 'error' });
  t.same(jobs.readItem(event('<html>')), { kind: 'other' });
  t.same(jobs.readItem(event('{"hello":1}')), { kind: 'other' });
  t.match(jobs.readItem(event('{"type":"error","payload":{"fatal":true}}')), {
    kind: 'event',
    event: { terminal: true },
  });
});

t.test('an answer of another shape says which member and what stood there', async (t) => {
  const cases: [() => unknown, RegExp][] = [
    [() => jobs.readStarted(answer(404, '{}')), /status 404/],
    [() => jobs.readStarted(answer(0, '', 'refused')), /none \(refused\)/],
    [() => jobs.readStarted(answer(200, '{"job_id":"x"}', 'reset')), /did not end/],
    [() => jobs.readStarted(answer(202, '<html>')), /no JSON/],
    [() => jobs.readStarted(answer(202, '{}')), /job_id: expected a text, found nothing/],
    [() => jobs.readStarted(answer(202, '{"job_id":""}')), /empty/],
    [() => jobs.readAppended(answer(201, '{"ids":[1,"x"]}')), /whole number, found "x"/],
    [() => jobs.readAppended(answer(201, '{"ids":[1.5]}')), /whole number, found 1.5/],
    [() => jobs.readPolled(answer(200, '[]')), /expected an object, found a list/],
    [() => jobs.readPolled(answer(200, '{"events":[{"type":"a","payload":1}]}')), /no member "id" or "event_id"/],
    [() => jobs.readPolled(answer(200, '{"events":[],"status":"running"}')), /next_cursor/],
    [() => jobs.readItem(event(`{"type":"a","payload":${'['.repeat(600)}${']'.repeat(600)}}`)), /data\.payload: .*500/],
    [() => jobs.readSnapshot(answer(200, '{"events":[],"last_event_id":0,"event_count":null}')), /event_count.*null/],
    [() => jobs.readListed(answer(200, '{"jobs":[{}]}')), /jobs\[0\].job_id/],
  ];
  for (const [read, message] of cases) t.throws(read, { name: 'DialectError', message }, String(message));
});
