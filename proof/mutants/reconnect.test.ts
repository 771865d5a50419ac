import t, { type Test } from 'tap';
import { openProxy, type Proxy } from '../../chaos/index.ts';
import { eventually, RawClient, serveStream } from '../../chaos/test-support.ts';
import { plantMutant, wireMutants, type Plant } from './index.ts';
import { ask, Reading, serveJobs } from './test-jobs.ts';

const TIMES = { heartbeat_ms: 20, event_latency_ms: 100 };

function plant(name: string): ReturnType<typeof plantMutant> {
  const wire = wireMutants.find((candidate) => candidate.name === name);
  if (wire === undefined) throw new Error(`no mutant ${name}`);
  return plantMutant(wire, 5, TIMES);
}

interface Bench {
  readonly proxy: Proxy;
  readonly planted: readonly Plant[];
  readonly readers: () => number;
  readonly append: (payloads: string) => Promise<unknown>;
  readonly follow: (headers?: Record<string, string>) => Reading;
}

/** A stream with two events behind a mutant. */
async function bench(t: Test, name: string): Promise<Bench> {
  const { faults, planted } = plant(name);
  const server = await serveJobs();
  const proxy = await openProxy({ target: server.url, faults });
  const readings: Reading[] = [];
  t.teardown(async () => {
    for (const reading of readings) reading[Symbol.dispose]();
    await proxy.close();
    await server[Symbol.asyncDispose]();
  });
  const { job_id } = JSON.parse((await ask(proxy.url, 'POST', '/api/pipeline/start')).text) as { job_id: string };
  const path = `/api/jobs/${job_id}/stream`;
  const append = (payloads: string) => ask(proxy.url, 'POST', `/api/jobs/${job_id}/events`, { body: `[${payloads}]` });
  const follow = (headers: Record<string, string> = {}): Reading => {
    const reading = new Reading(proxy.url, path, headers);
    readings.push(reading);
    return reading;
  };
  await append('{"n":1}\u001f{"n":2}');
  return { proxy, planted, readers: server.readers, append, follow };
}

t.test('steal-from-first: one reader has all, two share', async (t) => {
  const { append, follow, planted } = await bench(t, 'steal-from-first');
  const first = follow();
  await first.until(({ ids }) => ids === '1 2');
  await append('{"n":3}');
  t.ok(await first.until(({ ids }) => ids === '1 2 3'));
  const second = follow();
  await second.until(({ ids }) => ids === '1 2 3');
  await append('{"n":4}\u001f{"n":5}\u001fdone');
  await Promise.all([first, second].map((reading) => reading.until(({ ended }) => ended !== null)));
  t.same([first.ids, second.ids], ['1 2 3 4 6', '1 2 3 5']);
  t.same(new Set(planted.map(({ id }) => id)), new Set([4, 5, 6]));
});

t.test('tail-answers-204: at the tail of a live stream only', async (t) => {
  const { append, follow, planted } = await bench(t, 'tail-answers-204');
  const at_tail = follow({ 'last-event-id': '2' });
  await at_tail.until(({ status }) => status !== 0);
  const behind = follow({ 'last-event-id': '1' });
  await behind.until(({ ids }) => ids === '2');
  t.same([at_tail.status, behind.status], [204, 200]);
  t.match(planted, [{ id: 2, status: 204 }]);
  await append('done');
  await behind.until(({ ended }) => ended !== null);
  const after = follow({ 'last-event-id': '3' });
  await after.until(({ status }) => status !== 0);
  t.equal(after.status, 200);
});

t.test('late-append-shown: to those who read after the append was refused', async (t) => {
  const { append, follow, planted } = await bench(t, 'late-append-shown');
  await append('done');
  const before = follow({});
  await before.until(({ ended }) => ended !== null);
  t.same(planted, []);
  await append('{"late":true}');
  const after = follow({});
  await after.until(({ ended }) => ended !== null);
  t.equal(after.ids, `${before.ids} ${String(planted[0]?.id)}`);
});

t.test('unavailable-on-reconnect: once after a break, never otherwise', async (t) => {
  const { faults, planted } = plant('unavailable-on-reconnect');
  await using target = await serveStream();
  await using proxy = await openProxy({ target: target.url, faults });
  const path = '/api/jobs/x/stream';
  const subscribe = async (): Promise<Reading> => {
    const reading = new Reading(proxy.url, path);
    t.teardown(() => {
      reading[Symbol.dispose]();
    });
    await reading.until(({ status }) => status !== 0);
    return reading;
  };
  const first = await subscribe();
  t.equal((await subscribe()).status, 200, 'nothing has broken yet');
  for (const socket of target.sockets) socket.destroy();
  await first.until(({ ended }) => ended === 'broken');
  t.same([(await subscribe()).status, (await subscribe()).status], [503, 200]);
  t.match(planted, [{ status: 503 }]);
});

t.test('late-headers: none before the first byte', async (t) => {
  const { faults } = plant('late-headers');
  await using target = await serveStream();
  await using proxy = await openProxy({ target: target.url, faults });
  using client = new RawClient(proxy.url);
  client.get('/api/jobs/x/stream');
  await proxy.log.until((log) => log.bites('late-headers').length === 1, 10_000);
  t.equal(client.text, '');
  target.send(': heartbeat\n\n');
  target.send('data: first\n\n');
  await client.until(({ text }) => text.includes('first'));
  t.equal(client.body, ': heartbeat\n\ndata: first\n\n');
});

t.test('delay-one: later than allowed, and in order', async (t) => {
  const { append, follow, planted } = await bench(t, 'delay-one');
  const reading = follow();
  await reading.until(({ ids }) => ids === '1 2');
  const sent = performance.now();
  await append('{"n":3}\u001f{"n":4}');
  await reading.until(({ ids }) => ids === '1 2 3 4');
  t.ok(performance.now() - sent > TIMES.event_latency_ms);
  t.ok([3, 4].includes(planted[0]?.id ?? 0));
});

t.test('late-line-feed: an event is dispatched with what follows it', async (t) => {
  const { append, follow } = await bench(t, 'late-line-feed');
  const reading = follow();
  await reading.until(({ ids }) => ids === '1');
  await append('{"n":3}');
  await reading.until(({ text }) => text.includes('"n":3}}\n'));
  t.equal(reading.ids, '1 2');
  t.match(reading.text, /"n":3\}\}\n$/, 'nothing else ends the line');
  await append('{"n":4}');
  t.ok(await reading.until(({ ids }) => ids === '1 2 3'));
});

t.test('swallow-disconnect: the server keeps its reader', async (t) => {
  const { follow, readers, proxy } = await bench(t, 'swallow-disconnect');
  const reading = follow();
  await reading.until(({ ids }) => ids === '1 2');
  reading[Symbol.dispose]();
  await proxy.log.until((log) => log.bites('swallow-disconnect').length === 1, 10_000);
  t.equal(readers(), 1);
  await proxy.close();
  await eventually(() => readers() === 0);
});
