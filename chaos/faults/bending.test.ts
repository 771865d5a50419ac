import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import {
  bandwidth,
  buffering,
  connectionClose,
  gzipResponses,
  latency,
  onEventStreams,
  only,
  openProxy,
  stalledReader,
  trickleReader,
  type Fault,
  type Proxy,
} from '../index.ts';
import { eventually, RawClient, serve, serveStream, type TestStream } from '../test-support.ts';

interface Run {
  readonly target: TestStream;
  readonly proxy: Proxy;
  readonly client: RawClient;
}

async function streaming(t: Test, faults: readonly Fault[], ...headers: string[]): Promise<Run> {
  const target = await serveStream();
  const proxy = await openProxy({ target: target.url, faults });
  const client = new RawClient(proxy.url);
  t.teardown(async () => {
    client[Symbol.dispose]();
    await proxy.close();
    await target[Symbol.asyncDispose]();
    if (proxy.failures.length > 0) throw new Error('the proxy failed', { cause: proxy.failures[0] });
  });
  client.get('/s', ...headers);
  await client.until(() => client.text.includes('\r\n\r\n'));
  return { target, proxy, client };
}

t.test('latency delays head and body once, keeps order, gaps and the end', async (t) => {
  const started = performance.now();
  const { target, proxy, client } = await streaming(t, [latency({ latency_ms: 150, direction: 'to-client' })]);
  t.ok(performance.now() - started >= 149, 'head');
  const sent = performance.now();
  for (const text of ['a', 'b', 'c']) target.send(text);
  target.finish();
  await client.until(() => client.wireBody.endsWith('0\r\n\r\n'));
  const took = performance.now() - sent;
  t.ok(took >= 149, `body took ${took}`);
  t.equal(client.body, 'abc');
  const bite = proxy.log.bites('latency')[0];
  t.ok((bite?.count ?? 0) >= 2);
  t.match(bite?.detail, /held back/);
});

t.test('latency of the body runs beside the latency of the head', async (t) => {
  await using target = await serve((_req, res) => res.end('at once'));
  await using proxy = await openProxy({
    target: target.url,
    faults: [latency({ latency_ms: 300, direction: 'to-client' })],
  });
  using client = new RawClient(proxy.url);
  const started = performance.now();
  await client.get('/').until(() => client.text.endsWith('at once'));
  const took = performance.now() - started;
  t.ok(took >= 299 && took < 590, `${took} ms`);
});

t.test('latency towards the target', async (t) => {
  let asked_ms = 0;
  await using target = await serve((_req, res) => {
    asked_ms = performance.now();
    res.end();
  });
  await using proxy = await openProxy({
    target: target.url,
    faults: [latency({ latency_ms: 100, direction: 'to-target' })],
  });
  using client = new RawClient(proxy.url);
  const started = performance.now();
  await client.get('/').until(() => client.text.includes('\r\n\r\n'));
  t.ok(asked_ms - started >= 99);
  t.equal(proxy.log.bites('latency').length, 1);
});

t.test('bandwidth and trickle: no faster than said, nothing lost', async (t) => {
  for (const fault of [
    bandwidth({ bytes_per_s: 20_000, direction: 'to-client' }),
    trickleReader({ bytes_per_s: 20_000 }),
  ]) {
    const { target, proxy, client } = await streaming(t, [fault]);
    const text = 'x'.repeat(5_000);
    const sent = performance.now();
    target.send(text);
    await client.until(() => client.body === text);
    const took = performance.now() - sent;
    t.ok(took >= 200, `${fault.name}: 5,000 bytes in ${took} ms`);
    t.match(proxy.log.bites(fault.name)[0]?.detail, /waited/);
  }
});

t.test('bandwidth towards the target', async (t) => {
  let received = 0;
  await using target = await serve((req, res) => {
    req.on('data', (bytes: Buffer) => (received += bytes.length));
    req.on('end', () => res.end());
  });
  await using proxy = await openProxy({
    target: target.url,
    faults: [bandwidth({ bytes_per_s: 20_000, direction: 'to-target' })],
  });
  using client = new RawClient(proxy.url);
  const started = performance.now();
  client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n${'x'.repeat(4_000)}`);
  await client.until(() => client.text.includes('\r\n\r\n'));
  t.ok(performance.now() - started >= 150);
  t.equal(received, 4_000);
  t.equal(proxy.log.bites('bandwidth').length, 1);
});

t.test('threshold buffer: holds until N wait, then forwards all', async (t) => {
  const { target, proxy, client } = await streaming(t, [buffering({ mode: 'threshold', bytes: 10 })]);
  target.send('123456789');
  await proxy.log.until((log) => log.bites('threshold-buffer').length === 1, 10_000);
  t.equal(client.body, '');
  target.send('0abc');
  await client.until(() => client.body.length > 0);
  t.equal(client.body, '1234567890abc');
  target.send('rest');
  await eventually(() => (proxy.log.bites('threshold-buffer')[0]?.count ?? 0) >= 3);
  t.equal(client.body, '1234567890abc');
  target.finish();
  await client.until(() => client.body === '1234567890abcrest');
});

t.test('block buffer: forwards multiples of N only', async (t) => {
  const { target, client } = await streaming(t, [buffering({ mode: 'block', bytes: 4 })]);
  target.send('123456789');
  await client.until(() => client.body.length > 0);
  t.equal(client.body, '12345678');
  target.send('0ab');
  await client.until(() => client.body.length > 8);
  t.equal(client.body, '1234567890ab');
});

t.test('gzip where it was asked for: the header says so, the events wait', async (t) => {
  const { target, proxy, client } = await streaming(t, [gzipResponses()], 'Accept-Encoding: gzip, br');
  t.match(client.text, /content-encoding: gzip/i);
  target.send('data: held\n\n');
  await proxy.log.until((log) => log.bites('gzip').length === 1, 10_000);
  target.finish();
  await client.until(() => client.wireBody.endsWith('0\r\n\r\n'));
  t.equal(gunzipSync(Buffer.from(client.body, 'latin1')).toString(), 'data: held\n\n');
  const plain = await streaming(t, [gzipResponses()]);
  t.notMatch(plain.client.text, /gzip/);
  t.equal(plain.proxy.log.bites().length, 0);
});

t.test('gzip replaces a content length', async (t) => {
  await using target = await serve((_req, res) => res.writeHead(200, { 'Content-Length': 5 }).end('hello'));
  await using proxy = await openProxy({ target: target.url, faults: [gzipResponses({ unasked: true, flush: true })] });
  using client = new RawClient(proxy.url);
  await client.get('/').until(() => client.wireBody.endsWith('0\r\n\r\n'));
  t.notMatch(client.text, /content-length/i);
  t.equal(gunzipSync(Buffer.from(client.body, 'latin1')).toString(), 'hello');
});

t.test('connection: close closes after the answer', async (t) => {
  await using target = await serve((_req, res) => res.end('x'));
  await using proxy = await openProxy({ target: target.url, faults: [connectionClose()] });
  using client = new RawClient(proxy.url);
  await client.get('/').ended();
  t.match(client.text, /Connection: close\r\n/);
  t.equal(client.end, 'fin');
  t.match(proxy.log.bites('connection-close')[0]?.detail, 'keep-alive became close');
});

t.test('a stalled reader pushes back on the target until it is lifted', async (t) => {
  const target = await serveStream();
  t.teardown(() => target[Symbol.asyncDispose]());
  await using proxy = await openProxy({ target: target.url });
  using client = new RawClient(proxy.url);
  await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
  const armed = proxy.arm(stalledReader());
  const block = 'y'.repeat(1024 * 1024);
  let blocks = 0;
  // The kernel takes some megabytes before the target feels it.
  while ([...target.open][0]?.writableNeedDrain === false || blocks < 16) {
    target.send(block);
    blocks += 1;
    if (blocks > 64) break;
  }
  await proxy.log.until((log) => log.bites('stalled-reader').length === 1, 10_000);
  t.ok([...target.open][0]?.writableNeedDrain, 'the target waits');
  t.equal(client.body, '');
  armed.lift();
  target.finish();
  await client.until(() => client.endsWith('0\r\n\r\n'), 30_000);
  t.ok(client.body === block.repeat(blocks), 'nothing was lost');
});

t.test('faults compose, can be taken off one by one, and lose nothing', async (t) => {
  const { target, proxy, client } = await streaming(t, []);
  const hold = proxy.arm(buffering({ mode: 'threshold', bytes: 1_000 }));
  const pace = proxy.arm(trickleReader({ bytes_per_s: 1_000_000 }));
  target.send('one ');
  await proxy.log.until((log) => log.bites('threshold-buffer').length === 1, 10_000);
  t.equal(client.body, '');
  hold.lift();
  await client.until(() => client.body === 'one ');
  target.send('two ');
  await client.until(() => client.body === 'one two ');
  pace.lift();
  target.send('three');
  await client.until(() => client.body === 'one two three');
});

t.test('only and onEventStreams narrow a fault', async (t) => {
  await using target = await serve((req, res) => {
    res.writeHead(200, { 'Content-Type': req.url === '/sse' ? 'text/event-stream' : 'application/json' });
    res.end('body');
  });
  const blank: Fault = {
    name: 'blank',
    body: async function* (body, context) {
      for await (const bytes of body) {
        context.bite('blanked');
        yield Buffer.alloc(bytes.length, '_');
      }
    },
  };
  const read = async (fault: Fault, path: string): Promise<string> => {
    await using proxy = await openProxy({ target: target.url, faults: [fault] });
    using client = new RawClient(proxy.url);
    await client.get(path).until(() => client.wireBody.endsWith('0\r\n\r\n'));
    return client.body;
  };
  t.equal(await read(onEventStreams(blank), '/sse'), '____');
  t.equal(await read(onEventStreams(blank), '/json'), 'body');
  const mine = only((request) => request.head.path === '/json', blank);
  t.equal(await read(mine, '/json'), '____');
  t.equal(await read(mine, '/sse'), 'body');
});

t.test('a fault that throws breaks its exchange and is reported', async (t) => {
  await using target = await serve((_req, res) => res.end('x'));
  const broken: Fault = {
    name: 'broken',
    response: () => {
      throw new Error('the fault itself');
    },
  };
  await using proxy = await openProxy({ target: target.url, faults: [broken] });
  using client = new RawClient(proxy.url);
  await client.get('/').ended();
  t.equal(client.end, 'ECONNRESET');
  t.match(proxy.failures, [{ message: 'the fault itself' }]);
});
