import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { Exchange } from './exchange.ts';
import { follow, send, type SendOptions } from './http-client.ts';
import { answering, closedPort, rawServer, type Peer } from './test-support/raw-server.ts';
import { SELF_SIGNED } from './test-support/self-signed.ts';

const GET = { method: 'GET', path: '/' };
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

async function ask(serve: (peer: Peer) => Promise<void> | void, options: Partial<SendOptions> = {}): Promise<Exchange> {
  await using server = await rawServer(serve);
  return await send({ base: server.url, request: GET, ...options });
}

interface Misbehaviour {
  readonly name: string;
  readonly serve: (peer: Peer) => Promise<void> | void;
  /** What the exchange must be, as far as given. */
  readonly recorded: Partial<Exchange>;
  readonly body?: string;
}

const afterHead =
  (act: (peer: Peer) => void) =>
  async (peer: Peer): Promise<void> => {
    await peer.head();
    act(peer);
  };

const MISBEHAVIOURS: readonly Misbehaviour[] = [
  {
    name: 'closes before it answers',
    serve: afterHead(({ socket }) => socket.end()),
    recorded: { status: 0, end: 'reset', error: 'EOF', headers_ms: null },
  },
  {
    name: 'resets before it answers',
    serve: afterHead(({ socket }) => socket.resetAndDestroy()),
    recorded: { status: 0, end: 'reset', error: 'ECONNRESET', headers_ms: null },
  },
  {
    name: 'closes within the headers',
    serve: answering('HTTP/1.1 200 OK\r\nContent-Le', (socket) => socket.end()),
    recorded: { status: 0, end: 'reset', error: 'EOF' },
  },
  {
    name: 'closes within a chunk',
    serve: answering(`${CHUNKED}10\r\ndata: a\n`, (socket) => socket.end()),
    recorded: { status: 200, end: 'reset', error: 'EOF' },
    body: 'data: a\n',
  },
  {
    name: 'closes between chunks, without the last one',
    serve: answering(`${CHUNKED}8\r\ndata: a\n\r\n`, (socket) => socket.end()),
    recorded: { status: 200, end: 'reset', error: 'EOF' },
    body: 'data: a\n',
  },
  {
    name: 'closes before Content-Length is reached',
    serve: answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', (socket) => socket.end()),
    recorded: { status: 200, end: 'reset', error: 'EOF' },
    body: 'abc',
  },
  {
    name: 'ends a body of no declared length by closing, as HTTP allows',
    serve: answering('HTTP/1.1 200 OK\r\n\r\nabc', (socket) => socket.end()),
    recorded: { status: 200, end: 'complete', error: null },
    body: 'abc',
  },
  {
    name: 'sends a chunk size that is none',
    serve: answering(`${CHUNKED}3\r\nabc\r\nzz\r\n`),
    recorded: { status: 200, end: 'reset', error: 'HPE_INVALID_CHUNK_SIZE' },
    body: 'abc',
  },
  {
    name: 'answers what is no HTTP',
    serve: answering('SSH-2.0-hello\r\n\r\n'),
    recorded: { status: 0, end: 'reset', error: 'HPE_INVALID_CONSTANT' },
  },
  {
    name: 'sends headers without end',
    serve: answering(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300 * 1024)}`),
    recorded: { status: 0, end: 'reset', error: 'HPE_HEADER_OVERFLOW' },
  },
  {
    name: 'switches to another protocol unasked',
    serve: answering('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc'),
    recorded: { end: 'reset' },
  },
];

for (const { name, serve, recorded, body } of MISBEHAVIOURS) {
  t.test(`a server that ${name}`, async (t) => {
    const exchange = await ask(serve);
    t.match(exchange, recorded);
    t.equal(exchange.body.toString(), body ?? '');
    t.type(exchange.connected_ms, 'number', 'the request was sent');
  });
}

t.test('a reset within the body is told from a clean close, and keeps what came', async (t) => {
  let reset: () => void = () => undefined;
  const serve = async ({ socket, head }: Peer): Promise<void> => {
    await head();
    socket.write(`${CHUNKED}8\r\ndata: a\n`);
    reset = () => socket.resetAndDestroy();
  };
  await using server = await rawServer(serve);
  // Reset only when the bytes were seen: a reset may overtake them.
  const live = follow(
    { base: server.url, request: GET },
    {
      onChunk: () => {
        reset();
      },
    },
  );
  t.match(await live.finished, { status: 200, end: 'reset', error: 'ECONNRESET', body: Buffer.from('data: a\n') });
});

t.test('headers of a hundred kilobytes are read', async (t) => {
  const exchange = await ask(answering(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`));
  t.equal(exchange.headers[0]?.[1].length, 100_000);
});

t.test('refused: nobody listens, no such host, no TLS there; nothing was sent', async (t) => {
  const base = await closedPort();
  const never_sent = { status: 0, end: 'refused', connected_ms: null, headers_ms: null };
  t.match(await send({ base, request: GET }), { ...never_sent, error: 'ECONNREFUSED' });
  const unknown = new URL('http://no-such-host.invalid');
  t.match(await send({ base: unknown, request: GET }), { ...never_sent, error: /^(ENOTFOUND|EAI_AGAIN)$/ });
  await using plain = await rawServer(({ socket }) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const tls = await send({ base: new URL(`https://127.0.0.1:${plain.url.port}`), request: GET });
  t.match(tls, never_sent);
});

t.test('each deadline has its name', async (t) => {
  const silent = (): void => undefined;
  const deadline = { end: 'timeout', status: 0 } as const;
  t.match(await ask(silent, { timeouts: { headers_ms: 500 } }), {
    ...deadline,
    error: 'TIMEOUT_HEADERS',
    connected_ms: Number,
  });
  const halfHead = answering('HTTP/1.1 200 OK\r\nX: 1\r\n');
  t.match(await ask(halfHead, { timeouts: { headers_ms: 20 } }), { ...deadline, error: 'TIMEOUT_HEADERS' });
  const halfBody = answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
  t.match(await ask(halfBody, { timeouts: { headers_ms: 10_000, total_ms: 1_000 } }), {
    end: 'timeout',
    error: 'TIMEOUT_TOTAL',
    status: 200,
    body: Buffer.from('abc'),
  });
  // A TLS handshake that is never answered: the connection never comes to be.
  await using mute = await rawServer(silent);
  const base = new URL(`https://127.0.0.1:${mute.url.port}`);
  t.match(await send({ base, request: GET, timeouts: { connect_ms: 20 } }), {
    ...deadline,
    error: 'TIMEOUT_CONNECT',
    connected_ms: null,
  });
});

t.test('what ends an exchange first is how it ended', async (t) => {
  await using server = await rawServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
  const aborter = new AbortController();
  const live = follow(
    { base: server.url, request: GET, signal: aborter.signal },
    {
      onChunk: () => {
        aborter.abort();
      },
    },
  );
  const exchange = await live.finished;
  t.match(exchange, { end: 'aborted', error: 'ABORTED', status: 200, body: Buffer.from('abc') });
  live.abort('timeout', 'LATER');
  t.equal(live.end, 'aborted');
  t.match(await live.opened, { status: 200 });
  const socket = server.peers[0]?.socket;
  if (socket?.closed === false) await once(socket, 'close');
  t.pass('the server saw the connection go');

  const before = await send({ base: server.url, request: GET, signal: aborter.signal });
  t.match(before, { end: 'aborted', status: 0, connected_ms: null });
  t.equal(server.peers.length, 1, 'an aborted signal lets nothing out');
});

t.test('without an answer the headers are status 0, told when it ended', async (t) => {
  const live = follow({ base: await closedPort(), request: GET });
  t.match(await live.opened, { status: 0, headers: [] });
  t.equal(live.end, 'refused');
});

t.test('https is the same over TLS; a certificate nobody trusts is refused', async (t) => {
  const server = https.createServer(SELF_SIGNED, (request, response) => response.end(request.url));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const options = { base: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`), request: GET };
  t.match(await send(options), { end: 'refused', error: 'DEPTH_ZERO_SELF_SIGNED_CERT', connected_ms: null });
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  t.match(await send(options), { status: 200, end: 'complete', body: Buffer.from('/'), connected_ms: Number });
});
