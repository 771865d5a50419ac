import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { request, type IncomingMessage } from 'node:http';
import t from 'tap';
import { openProxy } from './proxy.ts';
import { eventually, RawClient, serve } from './test-support.ts';

/** The same bytes sent straight and through the proxy: what comes back must be the same bytes. */
async function bothWays(target: URL, send: (client: RawClient) => unknown): Promise<[direct: string, proxied: string]> {
  await using proxy = await openProxy({ target });
  using direct = new RawClient(target);
  using proxied = new RawClient(proxy.url);
  for (const client of [direct, proxied]) {
    send(client);
    await client.ended();
  }
  if (proxy.failures.length > 0) throw proxy.failures[0];
  return [direct.text, proxied.text];
}

/** A server that answers any connection's first bytes with these and closes. */
async function canned(answer: string): Promise<AsyncDisposable & { url: URL }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer, 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    url,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

const ANSWERS: Record<string, string> = {
  'content-length, odd header order, case, spacing and duplicates':
    'HTTP/1.1 207 Odd  Reason\r\nzebra:1\r\nX-A:  two  \r\nx-a: three\r\nCONTENT-length: 5\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\nhello',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n',
  'chunked with trailers': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n',
  'a body that ends with the connection': 'HTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end',
  '1xx before the answer':
    'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\nX: y\r\n\r\n',
  'a body cut off inside a chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
  'a body shorter than its length': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
  'no HTTP at all': 'SSH-2.0-nothing\r\n',
  'a head that never ends': 'HTTP/1.1 200 OK\r\nX: y\r\n',
  'a chunk without a size': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\nwhat\r\n',
  'both length and chunked':
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
};

for (const [name, answer] of Object.entries(ANSWERS)) {
  t.test(`byte-equal: ${name}`, async (t) => {
    await using target = await canned(answer);
    const [direct, proxied] = await bothWays(target.url, (client) => client.get('/x'));
    t.equal(direct, answer);
    t.equal(proxied, answer);
  });
}

t.test('HEAD with a length and 304 have no body and keep the connection', async (t) => {
  await using target = await serve((req, res) => {
    res.sendDate = false;
    if (req.url === '/not-modified') res.writeHead(304).end();
    else res.writeHead(200, { 'Content-Length': '7' }).end('payload');
  });
  const [direct, proxied] = await bothWays(target.url, (client) =>
    client
      .send('HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n')
      .send('GET /not-modified HTTP/1.1\r\nHost: x\r\n\r\n')
      .send('GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  );
  t.equal(proxied, direct);
  t.match(direct, /HTTP\/1\.1 304[^]*payload$/);
});

t.test('the request arrives as it was sent, also one that is no HTTP and one that stops halfway', async (t) => {
  const received: string[] = [];
  const server = createServer((socket) => {
    const index = received.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received[index] = `${received[index] ?? ''}${bytes.toString('latin1')}`;
    });
    socket.on('end', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  await using proxy = await openProxy({
    target: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
  });
  const requests = [
    'POST /p?q=%20 HTTP/1.1\r\nhOST:x\r\nX-Dup: 1\r\nX-Dup: 2\r\nContent-Length: 4\r\n\r\nbody',
    'POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n',
    'POST /p HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody',
    'nonsense\r\n\r\n',
    'GET /half HTTP/1.1\r\nHost: x',
    'POST /p HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort',
    'POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n',
  ];
  for (const [index, text] of requests.entries()) {
    using client = new RawClient(proxy.url);
    client.send(text);
    await eventually(() => received[index] === text);
    client.socket.end();
    await client.ended();
    t.equal(received[index], text);
  }
  t.same(proxy.failures, []);
});

t.test('large bodies both ways', async (t) => {
  await using target = await serve((req, res) => {
    res.writeHead(200);
    req.pipe(res);
  });
  await using proxy = await openProxy({ target: target.url });
  const sent = randomBytes(8 * 1024 * 1024);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(proxy.url, { method: 'POST' }, resolve).on('error', reject).end(sent);
  });
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  t.ok(Buffer.concat(parts).equals(sent));
  t.equal(proxy.log.exchanges[0]?.response_bytes, sent.length);
});

t.test('an event stream arrives chunk by chunk, headers before the first event', async (t) => {
  const writers: ((text: string) => void)[] = [];
  await using target = await serve((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.flushHeaders();
    writers.push((text) => res.write(text));
  });
  await using proxy = await openProxy({ target: target.url });
  using client = new RawClient(proxy.url);
  client.get('/stream');
  await client.until(() => client.text.includes('\r\n\r\n'));
  t.equal(client.wireBody, '');
  for (const event of ['id: 1\ndata: a\n\n', 'id: 2\nda']) {
    const before = client.wireBody;
    writers[0]?.(event);
    const expected = `${before}${event.length.toString(16)}\r\n${event}\r\n`;
    await client.until(() => client.wireBody.length >= expected.length);
    t.equal(client.wireBody, expected);
  }
});

t.test('how a client leaves is passed on at once', async (t) => {
  const ends: string[] = [];
  await using target = await serve((req, res) => {
    req.socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
    req.socket.on('end', () => ends.push('fin'));
    res.writeHead(200).flushHeaders();
  });
  await using proxy = await openProxy({ target: target.url });
  using closing = new RawClient(proxy.url);
  await closing.get('/').until(() => closing.text.includes('\r\n\r\n'));
  closing.socket.destroy();
  await eventually(() => ends.length === 1);
  using resetting = new RawClient(proxy.url);
  await resetting.get('/').until(() => resetting.text.includes('\r\n\r\n'));
  resetting.socket.resetAndDestroy();
  await eventually(() => ends.length === 2);
  t.same(ends, ['fin', 'ECONNRESET']);
  await eventually(() => target.sockets.size === 0);
  await eventually(() => proxy.log.exchanges.every((exchange) => exchange.end !== null));
});

t.test('how the target ends is passed on: reset, close while idle, refusal', async (t) => {
  await using target = await serve((req, res) => {
    if (req.url === '/idle') res.end('ok');
    else res.writeHead(200).write('begun');
  });
  await using proxy = await openProxy({ target: target.url });
  using reset = new RawClient(proxy.url);
  await reset.get('/reset').until(() => reset.body === 'begun');
  for (const socket of target.sockets) socket.resetAndDestroy();
  await reset.ended();
  t.equal(reset.end, 'ECONNRESET');
  using idle = new RawClient(proxy.url);
  await idle.get('/idle').until(() => idle.text.includes('ok'));
  for (const socket of target.sockets) socket.end();
  await idle.ended();
  t.equal(idle.end, 'fin');
  await target[Symbol.asyncDispose]();
  using refused = new RawClient(proxy.url);
  await refused.get('/').ended();
  t.equal(refused.end, 'ECONNRESET');
});

t.test('requests of one connection share one target connection; two connections share none', async (t) => {
  const ports: (number | undefined)[] = [];
  await using target = await serve((req, res) => {
    ports.push(req.socket.remotePort);
    res.end('x');
  });
  await using proxy = await openProxy({ target: target.url });
  using one = new RawClient(proxy.url);
  await one.get('/1').until(() => one.text.endsWith('0\r\n\r\n') || one.text.endsWith('x'));
  one.get('/2');
  await eventually(() => ports.length === 2);
  using two = new RawClient(proxy.url);
  two.get('/3');
  await eventually(() => ports.length === 3);
  t.equal(ports[0], ports[1]);
  t.not(ports[0], ports[2]);
});

t.test('a reader that stalls stalls the target', async (t) => {
  let accepted = 0;
  await using target = await serve((_req, res) => {
    res.writeHead(200);
    const block = Buffer.alloc(64 * 1024);
    const push = (): void => {
      let more = true;
      while (more) {
        more = res.write(block);
        accepted += block.length;
      }
      res.once('drain', push);
    };
    push();
  });
  await using proxy = await openProxy({ target: target.url });
  using client = new RawClient(proxy.url);
  client.get('/');
  await client.until(() => client.bytes.length > 0);
  client.socket.pause();
  let seen = -1;
  // Settled: nothing more was accepted between two looks a quarter of a second apart.
  let looked_ms = performance.now();
  await eventually(() => {
    if (performance.now() - looked_ms < 250) return false;
    const settled = accepted === seen;
    seen = accepted;
    looked_ms = performance.now();
    return settled;
  }, 30_000);
  t.ok(accepted > 0 && accepted < 64 * 1024 * 1024, `${accepted} bytes accepted`);
});

t.test('closing ends everything; a target that is no http URL is refused by name', async (t) => {
  await using target = await serve((_req, res) => {
    res.writeHead(200).flushHeaders();
  });
  const proxy = await openProxy({ target: target.url });
  using client = new RawClient(proxy.url);
  await client.get('/').until(() => client.text.length > 0);
  await proxy.close();
  await client.ended();
  await eventually(() => target.sockets.size === 0);
  await t.rejects(openProxy({ target: new URL('https://127.0.0.1/') }), /target: found https:.*http:\/\//);
});
