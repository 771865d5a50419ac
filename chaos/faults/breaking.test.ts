import t from 'tap';
import { openProxy, cut, halfOpen, idleTimeout, lifetimeCap, oneWay, swallowDisconnect } from '../index.ts';
import type { CutPlace, Fault } from '../index.ts';
import { eventually, RawClient, serve, serveStream } from '../test-support.ts';

const EVENTS = ['id: 1\ndata: a\n\n', ': hb\n\nid: 2\ndata: b\n\n', 'id: 3\ndata: c\n\n'];
const ALL = EVENTS.join('');

const CUTS: [name: string, at: CutPlace, left: string][] = [
  ['no byte', { bytes: 0 }, ''],
  ['bytes inside an event', { bytes: 20 }, ALL.slice(0, 20)],
  ['bytes at a chunk border', { bytes: 15 }, ALL.slice(0, 15)],
  ['events', { events: 2 }, ALL.slice(0, 36)],
  ['first byte of a frame', { id: '2', byte: 1 }, ALL.slice(0, 22)],
  ['last byte of a frame', { id: '2', byte: -1 }, ALL.slice(0, 35)],
];

for (const [name, at, left] of CUTS) {
  for (const kind of ['fin', 'rst'] as const) {
    for (const chunks of [EVENTS, [ALL], ALL.split('')]) {
      t.test(`cut at ${name} (${kind}), ${chunks.length} chunks`, async (t) => {
        await using target = await serveStream();
        const fault = cut({ at, kind });
        await using proxy = await openProxy({ target: target.url });
        const armed = proxy.arm(fault);
        using client = new RawClient(proxy.url);
        await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
        for (const chunk of chunks) target.send(chunk);
        await client.ended();
        t.equal(client.body, left);
        t.equal(client.end, kind === 'fin' ? 'fin' : 'ECONNRESET');
        t.equal(proxy.log.bites('cut')[0]?.offset, left.length);
        t.match(armed.result(), { bit: true, evidence: `after ${left.length} body bytes` });
        await eventually(() => target.open.size === 0);
        // Once by default: who comes back goes on.
        using again = new RawClient(proxy.url);
        await again.get('/s').until(() => again.text.includes('\r\n\r\n'));
        target.send(ALL);
        await again.until(() => again.body === ALL);
      });
    }
  }
}

async function through(fault: Fault, path = '/s') {
  const target = await serveStream();
  const proxy = await openProxy({ target: target.url, faults: [fault] });
  const client = new RawClient(proxy.url);
  client.get(path);
  return {
    target,
    proxy,
    client,
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]();
      await proxy.close();
      await target[Symbol.asyncDispose]();
    },
  };
}

t.test('idle timeout cuts the silent stream, not the busy one', async (t) => {
  await using run = await through(idleTimeout({ after_ms: 400 }));
  const { target, proxy, client } = run;
  const started = performance.now();
  const beat = setInterval(() => {
    target.send(': hb\n\n');
  }, 10);
  await eventually(() => performance.now() - started > 900);
  t.equal(client.end, null, 'busy for longer than the limit');
  clearInterval(beat);
  await client.ended();
  t.match(proxy.log.bites('idle-timeout')[0]?.detail, '400 ms of silence');
  t.equal(proxy.log.exchanges[0]?.end, 'fin');
});

t.test('lifetime cap cuts the busy stream too', async (t) => {
  await using run = await through(lifetimeCap({ after_ms: 100, kind: 'rst' }));
  const { target, proxy, client } = run;
  const beat = setInterval(() => {
    target.send(': hb\n\n');
  }, 5);
  await client.ended();
  clearInterval(beat);
  t.ok(client.body.length > 0);
  t.match(proxy.log.bites('lifetime-cap')[0]?.detail, 'age of 100 ms');
  t.equal(proxy.log.exchanges[0]?.end, 'rst');
});

t.test('half-open: neither side hears of the other', async (t) => {
  await using run = await through(halfOpen());
  const { target, proxy, client } = run;
  await proxy.log.until((log) => log.bites('half-open').length === 1, 10_000);
  t.equal(target.requests.length, 0);
  t.equal(target.sockets.size, 1);
  client.socket.destroy();
  await proxy.log.until((log) => log.exchanges[0]?.end === 'client', 10_000);
  using probe = new RawClient(target.url);
  await probe.get('/probe').until(() => probe.text.includes('\r\n\r\n'));
  t.equal(target.sockets.size, 2, 'the target still holds the first socket');
  t.equal(client.text, '');
});

t.test('half-open put on a live stream silences it until it is lifted', async (t) => {
  await using target = await serveStream();
  await using proxy = await openProxy({ target: target.url });
  using client = new RawClient(proxy.url);
  await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
  target.send('data: 1\n\n');
  await client.until(() => client.body === 'data: 1\n\n');
  const armed = proxy.arm(halfOpen());
  target.send('data: 2\n\n');
  await proxy.log.until((log) => log.bites('half-open').length === 1, 10_000);
  t.equal(client.body, 'data: 1\n\n');
  armed.lift();
  target.send('data: 3\n\n');
  await client.until(() => client.body === 'data: 1\n\ndata: 2\n\ndata: 3\n\n');
  t.match(armed.result(), { bit: true, healed_ms: Number });
});

t.test('one way: requests arrive, answers do not; or the other way round', async (t) => {
  await using run = await through(oneWay({ blocked: 'to-client' }));
  await run.proxy.log.until((log) => log.bites('one-way').length === 1, 10_000);
  t.equal(run.target.requests.length, 1);
  t.equal(run.client.text, '');
  run.client.socket.destroy();
  await eventually(() => run.target.open.size === 0);
  await using other = await through(oneWay({ blocked: 'to-target' }));
  await other.proxy.log.until((log) => log.bites('one-way').length === 1, 10_000);
  t.equal(other.target.requests.length, 0);
});

t.test('a swallowed disconnect leaves the target producing', async (t) => {
  await using run = await through(swallowDisconnect());
  const { target, proxy, client } = run;
  await client.until(() => client.text.includes('\r\n\r\n'));
  client.socket.destroy();
  await proxy.log.until((log) => log.bites('swallow-disconnect').length === 1, 10_000);
  const block = ': '.padEnd(64 * 1024, 'x');
  // Far more than all buffers hold: somebody takes it.
  for (let sent = 0; sent < 32; sent += 1) {
    target.send(`${block}${block}${block}${block}\n`);
    await eventually(() => [...target.open].every((res) => res.writableLength === 0));
  }
  t.equal(target.open.size, 1);
  await proxy.close();
  await eventually(() => target.open.size === 0);
});

/** Passes everything, and says that it met it. */
function witness(): Fault {
  return {
    name: 'witness',
    response: (response, context) => {
      context.bite('response');
      return response;
    },
    body: async function* (body, context) {
      for await (const bytes of body) {
        context.bite('body');
        yield bytes;
      }
    },
  };
}

t.test('lifting tells the target of those who left meanwhile', async (t) => {
  for (const fault of [halfOpen(), swallowDisconnect()]) {
    await using target = await serveStream();
    await using proxy = await openProxy({ target: target.url });
    const armed = proxy.arm(fault);
    using client = new RawClient(proxy.url);
    client.get('/s');
    if (fault.name === 'half-open') await proxy.log.until((log) => log.bites().length === 1, 10_000);
    else await client.until(() => client.text.includes('\r\n\r\n'));
    client.socket.resetAndDestroy();
    await eventually(() => proxy.log.exchanges[0]?.end === 'client');
    t.equal(target.sockets.size, 1, `${fault.name} hides it`);
    armed.lift();
    await eventually(() => target.sockets.size === 0);
  }
});

t.test('who leaves after the lifting is not hidden', async (t) => {
  await using target = await serveStream();
  await using proxy = await openProxy({ target: target.url });
  const armed = proxy.arm(swallowDisconnect());
  using leaving = new RawClient(proxy.url);
  using closing = new RawClient(proxy.url);
  for (const client of [leaving, closing]) await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
  closing.socket.end();
  await proxy.log.until((log) => log.bites().length === 1, 10_000);
  t.equal(target.open.size, 2);
  armed.lift();
  await eventually(() => target.open.size === 1);
  leaving.socket.destroy();
  await eventually(() => target.open.size === 0);
  t.equal(proxy.log.bites().length, 1, 'and no bite');
});

t.test('of two that hide, the one left still does', async (t) => {
  await using target = await serveStream();
  await using proxy = await openProxy({ target: target.url });
  const armed = [swallowDisconnect(), swallowDisconnect()].map((fault) => proxy.arm(fault));
  using client = new RawClient(proxy.url);
  await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
  client.socket.resetAndDestroy();
  await eventually(() => proxy.log.exchanges[0]?.end === 'client');
  armed[0]?.lift();
  using probe = new RawClient(target.url);
  await probe.get('/probe').until(() => probe.text.includes('\r\n\r\n'));
  t.equal(target.open.size, 2, 'the first is kept by the other');
  armed[1]?.lift();
  await eventually(() => target.open.size === 1);
});

t.test('each arming bites for itself, also of one fault and in one exchange', async (t) => {
  await using target = await serveStream();
  await using proxy = await openProxy({ target: target.url });
  const fault = witness();
  const first = proxy.arm(fault);
  using client = new RawClient(proxy.url);
  await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
  t.ok(first.result().bit);
  first.lift();
  const again = proxy.arm(fault);
  t.equal(again.result().bit, false, 'what the first did is not of the second');
  target.send(ALL);
  await client.until(() => client.body === ALL);
  t.ok(again.result().bit, 'it met the rest of the same exchange');
  t.match(first.result().evidence, /response/);
  t.match(again.result().evidence, /body/);
});

t.test('sever cuts what is under way and matches, once', async (t) => {
  await using target = await serve((_req, res) => {
    res.writeHead(200).flushHeaders();
  });
  await using proxy = await openProxy({ target: target.url });
  using one = new RawClient(proxy.url);
  using two = new RawClient(proxy.url);
  await one.get('/one').until(() => one.text.includes('\r\n\r\n'));
  await two.get('/two').until(() => two.text.includes('\r\n\r\n'));
  const result = proxy.sever('rst', (request) => request.head.path === '/one');
  t.match(result, { kind: 'sever', bit: true, evidence: /\/one.*rst after 0 body bytes/ });
  await one.ended();
  t.equal(one.end, 'ECONNRESET');
  t.equal(two.end, null);
  t.equal(proxy.sever('fin', (request) => request.head.path === '/one').bit, false);
});
