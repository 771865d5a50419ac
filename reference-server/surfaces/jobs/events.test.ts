import t from 'tap';
import { serve, type TestServer } from '../../test-support/test-server.ts';

const x = (n: number) => ({ type: 'x', payload: { n } });
const done = { type: 'done', payload: {} };

interface PollBody {
  readonly status: string;
  readonly next_cursor: number;
  readonly events: readonly { readonly id: number; readonly payload: unknown }[];
}

async function poll({ call }: TestServer, job: string, query = ''): Promise<PollBody> {
  const { text } = await call('GET', `/api/jobs/${job}/events${query}`, undefined, { 'last-event-id': 'ignored' });
  return JSON.parse(text) as PollBody;
}

t.test('pages follow the cursor, and the next cursor is the last one returned', async (t) => {
  const server = await serve(t);
  const job = await server.startJob();
  t.match(await poll(server, job), { status: 'running', events: [], next_cursor: 0 });
  await server.append(job, ...Array.from({ length: 12 }, (_, n) => x(n)));
  const seen: number[] = [];
  for (let cursor = 0, page = await poll(server, job, '?after=0&limit=5'); page.events.length > 0;) {
    seen.push(...page.events.map(({ id }) => id));
    t.equal(page.next_cursor, page.events.at(-1)?.id);
    cursor = page.next_cursor;
    page = await poll(server, job, `?after=${cursor}&limit=5`);
    if (page.events.length === 0) t.equal(page.next_cursor, 12, 'at the tail it stays');
  }
  t.same(
    seen,
    Array.from({ length: 12 }, (_, n) => n + 1),
  );
});

t.test('bounds and cursors', async (t) => {
  const { call, startJob, append } = await serve(t);
  const job = await startJob();
  await append(job, x(1), done);
  const status = async (query: string): Promise<number> =>
    (await call('GET', `/api/jobs/${job}/events?${query}`)).status;
  for (const bad of [
    'limit=0',
    'limit=1001',
    'limit=',
    'limit=1e1',
    'limit=1&limit=2',
    'wait_ms=30001',
    'wait_ms=-1',
  ]) {
    t.equal(await status(bad), 400, bad);
  }
  for (const bad of ['after=', 'after=10abc', 'after=+5', 'after=007', 'after=1&after=1'])
    t.equal(await status(bad), 400, bad);
  t.equal(await status('after=3'), 409);
  t.equal(await status('after=2&limit=1000&wait_ms=30000'), 200, 'a finished stream is not waited for');
});

t.test('a long poll returns as soon as there is something, and empty at its end', async (t) => {
  const server = await serve(t);
  const job = await server.startJob();
  const waiting = poll(server, job, '?after=0&wait_ms=30000');
  await server.append(job, x(1));
  t.match(await waiting, { events: [{ id: 1 }], next_cursor: 1 });
  t.match(await poll(server, job, '?after=1&wait_ms=30'), { events: [], next_cursor: 1 });
});

t.test('a snapshot is whole', async (t) => {
  const { call, startJob, append } = await serve(t);
  const job = await startJob();
  const typed = (type: string, count: number) => Array.from({ length: count }, (_, n) => ({ type, payload: { n } }));
  await append(job, ...typed('agent_chunk', 60), ...typed('insight_emitted', 25), ...typed('metric_update', 2), done);
  const { json } = await call('GET', `/api/jobs/${job}/snapshot`);
  t.match(json, {
    job_id: job,
    status: 'completed',
    application_id: null,
    last_event_id: 88,
    event_count: 88,
    chunk_count: 60,
    insight_count: 25,
    metrics: { n: 1 },
  });
  const ids = (name: string): number[] => (json[name] as { id: number }[]).map(({ id }) => id);
  t.same([ids('events').length, ids('recent_chunks').length, ids('recent_insights').length], [88, 50, 20]);
  t.same([ids('recent_chunks')[0], ids('recent_insights').at(-1)], [11, 85], 'the newest of each');
});

t.test('a pruned history still counts what it ever had', async (t) => {
  const { call, startJob, append } = await serve(t, { HISTORY_LIMIT: '10' });
  const job = await startJob();
  for (let n = 0; n < 4; n += 1)
    await append(job, ...Array.from({ length: 10 }, () => ({ type: 'agent_chunk', payload: n })));
  const { json } = await call('GET', `/api/jobs/${job}/snapshot`);
  t.match(json, { event_count: 40, chunk_count: 40, last_event_id: 40 });
  t.equal((json['events'] as unknown[]).length, 10);
});
