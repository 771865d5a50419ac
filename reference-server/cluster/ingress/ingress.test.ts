import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import t from 'tap';
import { startIngress, type IngressOptions } from './ingress.ts';

type Tap = Pick<typeof t, 'teardown'>;

/** A stand-in for an instance: ready, and whatever else the test says. */
async function instance(t: Tap, handler: RequestListener): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/readyz') response.end('ok');
    else handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function ingress(t: Tap, ports: (number | null)[], options: Partial<IngressOptions> = {}) {
  const started = await startIngress({
    routing: 'round-robin',
    instances: ports.length,
    // Long: only the tests that shorten it are about silence.
    heartbeat_ms: 600_000,
    stall_limit_ms: 600_000,
    port: 0,
    head_timeout_ms: 10_000,
    ...options,
  });
  t.teardown(() => started.close());
  for (const [index, port] of ports.entries()) if (port !== null) started.up(index, port);
  return started;
}

/** A raw connection: what was received so far, and how it ended. */
function dial(t: Tap, port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  t.teardown(() => socket.destroy());
  let text = '';
  let error: string | null = null;
  socket.setEncoding('latin1');
  socket.on('data', (part: string) => (text += part));
  socket.on('error', (caught: NodeJS.ErrnoException) => (error = caught.code ?? caught.message));
  const ended = new Promise<string>((resolve) => {
    socket.once('close', () => {
      resolve(error ?? 'closed');
    });
  });
  return {
    socket,
    ended,
    text: () => text,
    send(...lines: string[]) {
      socket.write(lines.join('\r\n'));
    },
    /** Waits until what was received satisfies the pattern. */
    async has(pattern: RegExp): Promise<string> {
      while (!pattern.test(text)) {
        if (socket.destroyed) throw new Error(`ended (${error}) before ${pattern}: ${text}`);
        await Promise.race([once(socket, 'data'), ended]);
      }
      return text;
    },
  };
}

const GET_STREAM = ['GET /api/jobs/1/stream HTTP/1.1', 'Host: x', '', ''];
const POST = ['POST /append HTTP/1.1', 'Host: x', 'Content-Length: 2', '', 'hi'];

function named(name: string): RequestListener {
  return (_request, response) => {
    response.setHeader('X-Name', name).end(name);
  };
}

function openStream(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(text);
}

/** Closes the socket under an answer, as a killed process would. */
function die(message: IncomingMessage): void {
  message.socket.resetAndDestroy();
}

async function ask(port: number, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

t.test('round-robin takes turns, request by request on one connection', async (t) => {
  const { port } = await ingress(t, [await instance(t, named('a')), await instance(t, named('b'))]);
  const client = dial(t, port);
  const request = ['GET / HTTP/1.1', 'Host: x', '', ''].join('\r\n');
  client.send(request.repeat(4));
  const text = await client.has(/(X-Name[^]*){4}\r\n\r\n./);
  t.strictSame(
    [...text.matchAll(/X-Name: (.)/g)].map((match) => match[1]),
    ['a', 'b', 'a', 'b'],
  );
});

t.test('sticky keeps an account on one instance, falls back while it is away, and comes home', async (t) => {
  const ports = [await instance(t, named('a')), await instance(t, named('b')), await instance(t, named('c'))];
  const proxy = await ingress(t, ports, { routing: 'sticky' });
  const who = async (key: string) => (await ask(proxy.port, '/', { authorization: key })).text;
  const keys = Array.from({ length: 30 }, (_, index) => `Bearer key-${index}`);
  const homes = await Promise.all(keys.map(who));
  t.equal(new Set(homes).size, 3, 'accounts are spread over all instances');
  t.strictSame(await Promise.all(keys.map(who)), homes);
  const away = homes.indexOf('b');
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port: nobody } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  proxy.up(1, nobody);
  const second = await who(keys[away] ?? '');
  t.not(second, 'b');
  t.equal(await who(keys[away] ?? ''), second);
  proxy.up(1, ports[1] ?? 0);
  t.equal(await who(keys[away] ?? ''), 'b');
  const ticket = (await ask(proxy.port, '/stream?ticket=abc')).text;
  for (let turn = 0; turn < 5; turn += 1) t.equal((await ask(proxy.port, '/stream?ticket=abc')).text, ticket);
});

t.test('a stream passes through as it comes, headers as they are', async (t) => {
  const responses: ServerResponse[] = [];
  const port = await instance(t, (_request, response) => {
    openStream(response, 'data: 1\n\n');
    responses.push(response);
  });
  const client = dial(t, (await ingress(t, [port])).port);
  client.send(...GET_STREAM);
  t.match(await client.has(/data: 1\n\n/), /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
  t.match(client.text(), /\r\nConnection: keep-alive\r\n/);
  responses[0]?.write('data: 2\n\n');
  await client.has(/9\r\ndata: 2\n\n\r\n$/);
  responses[0]?.end();
  await client.has(/\r\n0\r\n\r\n$/);
  client.send(...GET_STREAM);
  await client.has(/0\r\n\r\nHTTP\/1\.1 200 OK[^]*data: 1/);
});

t.test('a client that leaves is gone for the instance at once', async (t) => {
  let left: Promise<unknown> = Promise.resolve();
  const port = await instance(t, (request, response) => {
    openStream(response, ': hello\n\n');
    left = once(request.socket, 'close');
  });
  const client = dial(t, (await ingress(t, [port])).port);
  client.send(...GET_STREAM);
  await client.has(/hello/);
  client.socket.destroy();
  await left;
});

t.test('an instance that dies inside a frame: its bytes arrive, and no end of the message', async (t) => {
  const port = await instance(t, (request, response) => {
    openStream(response, 'id: 7\ndata: {"ha');
    setImmediate(die, request);
  });
  const client = dial(t, (await ingress(t, [port])).port);
  client.send(...GET_STREAM);
  // Data and reset in one poll: the event loop of the client may report a plain end.
  await client.ended;
  t.match(client.text(), /data: \{"ha\r\n$/, 'the chunked body is not ended');
});

t.test('an SSE GET never sees 5xx: another instance answers, or the connection breaks', async (t) => {
  const draining: RequestListener = (_request, response) => {
    response.writeHead(503).end();
  };
  const working: RequestListener = (_request, response) => {
    openStream(response, 'data: here\n\n');
  };
  const both = await ingress(t, [await instance(t, draining), await instance(t, working)]);
  for (let turn = 0; turn < 4; turn += 1) {
    const client = dial(t, both.port);
    client.send(...GET_STREAM);
    t.match(await client.has(/data: here/), /^HTTP\/1\.1 200/);
  }
  const none = await ingress(t, [await instance(t, draining), null]);
  const client = dial(t, none.port);
  client.send(...GET_STREAM);
  t.equal(await client.ended, 'ECONNRESET');
  t.equal(client.text(), '');
  const other = dial(t, none.port);
  other.send('GET /events HTTP/1.1', 'Host: x', '', '');
  t.match(await other.has(/\r\n\r\n/), /^HTTP\/1\.1 503/, 'any other request sees what the instance said');
});

t.test('without an instance: 503 with Retry-After, SSE is reset', async (t) => {
  const { port } = await ingress(t, [null, null]);
  const answer = await fetch(`http://127.0.0.1:${port}/append`, { method: 'POST', body: 'x'.repeat(100_000) });
  t.equal(answer.status, 503);
  t.equal(answer.headers.get('retry-after'), '1');
  t.match(await answer.json(), { error: { code: 'unavailable', message: /nothing of it took effect/ } });
  const client = dial(t, port);
  client.send(...GET_STREAM);
  t.equal(await client.ended, 'ECONNRESET');
});

t.test('an append that was sent is never sent twice: its connection breaks', async (t) => {
  let appends = 0;
  const handler: RequestListener = (request) => {
    appends += 1;
    die(request);
  };
  const { port } = await ingress(t, [await instance(t, handler), await instance(t, handler)]);
  const client = dial(t, port);
  client.send(...POST);
  t.equal(await client.ended, 'ECONNRESET');
  t.equal(appends, 1);
});

t.test('a read whose instance dies is answered by another', async (t) => {
  const dying = await instance(t, die);
  const { port } = await ingress(t, [dying, await instance(t, named('b'))]);
  for (let turn = 0; turn < 4; turn += 1) t.equal((await ask(port, '/events?after=1')).text, 'b');
});

t.test('a silent stream is cut after three heartbeats, that of a slow client is not', async (t) => {
  const filler = Buffer.alloc(1 << 20, 0x20);
  let blocked: ServerResponse | undefined;
  const port = await instance(t, (request, response) => {
    openStream(response, 'data: 1\n\n');
    if (request.url?.includes('big') !== true) return;
    blocked = response;
    while (response.write(filler) || response.writableLength < 32 << 20);
  });
  const proxy = await ingress(t, [port], { heartbeat_ms: 50 });
  const slow = dial(t, proxy.port);
  slow.socket.pause();
  slow.send('GET /api/jobs/big/stream HTTP/1.1', 'Host: x', '', '');
  // Twice over, so that the slow one has been blocked for more than its three heartbeats.
  for (let turn = 0; turn < 3; turn += 1) {
    const quiet = dial(t, proxy.port);
    quiet.send(...GET_STREAM);
    t.equal(await quiet.ended, 'ECONNRESET');
    t.match(quiet.text(), /data: 1/);
  }
  t.equal(blocked?.socket?.destroyed, false);
  t.ok((blocked?.writableLength ?? 0) > 0, 'the ingress does not buffer for a client that does not read');
});

t.test('a client that takes nothing within the stall limit is let go; its instance hears of it', async (t) => {
  const filler = Buffer.alloc(1 << 20, 0x20);
  let left: Promise<unknown> | undefined;
  const port = await instance(t, (_request, response) => {
    openStream(response, 'data: 1\n\n');
    left = once(response, 'close');
    while (response.write(filler) || response.writableLength < 32 << 20);
  });
  const proxy = await ingress(t, [port], { stall_limit_ms: 50 });
  const stalled = dial(t, proxy.port);
  stalled.send(...GET_STREAM);
  await stalled.has(/data: 1/);
  stalled.socket.pause();
  await left;
  stalled.socket.resume();
  await stalled.ended;
  t.notMatch(stalled.text(), /\r\n0\r\n\r\n$/, 'the message has no end');
});

t.test('a client that sends ahead and reads nothing gets no further than what it left lying', async (t) => {
  const requests = 1_200;
  // An answer that comes in one piece: no pause within it stops the client.
  const body = Buffer.alloc(1 << 15, 0x20);
  let asked = 0;
  const port = await instance(t, (request, response) => {
    if (request.url === '/greedy') asked += 1;
    response.end(request.url === '/greedy' ? body : '');
  });
  const proxy = await ingress(t, [port]);
  const greedy = dial(t, proxy.port);
  greedy.socket.pause();
  greedy.send('GET /greedy HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests));
  // Others are served meanwhile; it has come to a stop when nothing of it was asked in all that time.
  for (let before = -1; before !== asked;) {
    before = asked;
    for (let turn = 0; turn < 10; turn += 1) await ask(proxy.port, '/');
  }
  t.ok(asked < requests / 2, `${asked} of ${requests} asked`);
  greedy.socket.resume();
  while (asked < requests) await once(greedy.socket, 'data');
});

t.test('an instance that accepts and never answers loses its streams and reads to another', async (t) => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  t.teardown(() => {
    mute.closeAllConnections();
    mute.close();
  });
  const stream: RequestListener = (_request, response) => {
    openStream(response, 'data: here\n\n');
  };
  const { port: mute_port } = mute.address() as AddressInfo;
  const streams = await ingress(t, [mute_port, await instance(t, stream)], { heartbeat_ms: 50 });
  const client = dial(t, streams.port);
  client.send(...GET_STREAM);
  await client.has(/data: here/);
  const reads = await ingress(t, [mute_port, await instance(t, named('b'))], { heartbeat_ms: 50 });
  t.equal((await ask(reads.port, '/events')).text, 'b');
});

t.test('bodies and answers of every framing, one after another on one connection', async (t) => {
  const port = await instance(t, (request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      if (request.url === '/empty') response.writeHead(204).end();
      else response.end(`<${request.method ?? ''} ${body}>`);
    });
  });
  const client = dial(t, (await ingress(t, [port])).port);
  client.send(...POST);
  await client.has(/<POST hi>/);
  client.send('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', '2', 'ab', '1', 'c', '0', '', '');
  await client.has(/<POST abc>/);
  client.send('POST / HTTP/1.1', 'Host: x', 'Expect: 100-continue', 'Content-Length: 3', '', '');
  await client.has(/100 Continue/);
  client.send('xyz');
  await client.has(/<POST xyz>/);
  client.send(
    'HEAD / HTTP/1.1',
    'Host: x',
    '',
    'GET /empty HTTP/1.1',
    'Host: x',
    '',
    'GET / HTTP/1.1',
    'Host: x',
    '',
    '',
  );
  await client.has(/204 No Content[^]*<GET >/);
  client.send('GET / HTTP/1.1', 'Host: x', 'Connection: close', '', '');
  t.equal(await client.ended, 'closed');
});

t.test('what cannot be read is refused in the error envelope', async (t) => {
  const { port } = await ingress(t, [await instance(t, named('a'))], { head_timeout_ms: 30 });
  const smuggled = dial(t, port);
  smuggled.send('POST / HTTP/1.1', 'Host: x', 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', '');
  t.equal(await smuggled.ended, 'closed');
  t.match(smuggled.text(), /^HTTP\/1\.1 400 [^]*"code":"bad_request"/);
  const huge = dial(t, port);
  huge.send('GET / HTTP/1.1', `A: ${'a'.repeat(70_000)}`);
  t.equal(await huge.ended, 'closed');
  t.match(huge.text(), /^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/);
  const trickle = dial(t, port);
  trickle.send('GET / HTTP/1.1', 'Ho');
  t.equal(await trickle.ended, 'closed');
  t.match(trickle.text(), /^HTTP\/1\.1 408 [^]*"code":"timeout"/);
});
