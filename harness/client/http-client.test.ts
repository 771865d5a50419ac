import t from 'tap';
import { openConnection } from './connection.ts';
import { follow, send } from './http-client.ts';
import { answering, closedPort, rawServer, type Peer } from './test-support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GET = { method: 'GET', path: '/' };

t.test('the request goes out as it was given, with what framing needs and nothing else', async (t) => {
  await using server = await rawServer(answering(OK));
  const base = new URL('/prefix/', server.url);
  const path = '/a/../b/./%2e%2E%2f?x=%41&x=%C3%BC&y=|';
  const headers = [
    ['X-One', '1'],
    ['Last-Event-ID', '5'],
    ['last-event-id', '6'],
    ['X-Empty', ''],
  ] as const;
  const { request } = await send({ base, request: { method: 'GET', path, headers } });
  const head = await headOf(server.peers[0], `GET /prefix${path}`);
  const expected = [
    `GET /prefix${path} HTTP/1.1`,
    `Host: ${base.host}`,
    'X-One: 1',
    'Last-Event-ID: 5',
    'last-event-id: 6',
    'X-Empty: ',
    'Connection: keep-alive',
  ];
  t.strictSame(head, expected);
  t.equal(request.path, `/prefix${path}`, 'recorded as sent');
  t.strictSame(
    request.headers?.map(([name, value]) => `${name}: ${value}`),
    expected.slice(1),
    'recorded as sent',
  );
});

t.test('a body has its length in bytes; a POST without one says so', async (t) => {
  await using server = await rawServer(answering(OK));
  await send({ base: server.url, request: { method: 'POST', path: '/body', body: '{"a":"é"}' } });
  t.match(await server.peers[0]?.received('{"a":"\xc3\xa9"}'), /\r\nContent-Length: 10\r\n/);
  await send({ base: server.url, request: { method: 'POST', path: '/none' } });
  t.match(await server.peers[1]?.received('\r\n\r\n'), /\r\nContent-Length: 0\r\n/);
  const headers = [['content-length', '3']] as const;
  await send({ base: server.url, request: { method: 'POST', path: '/own', headers, body: 'abc' } });
  t.notMatch(await server.peers[2]?.received('abc'), /Content-Length: /, 'a length of the caller stands');
});

t.test('the answer is recorded as it came: header lines, redirects, encodings', async (t) => {
  const head =
    'HTTP/1.1 302 Found\r\nlocation: /else\r\nX-A: 1\r\nx-a: 2\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n';
  await using server = await rawServer(answering(`${head}\r\n\x1f\x8b\x08\x00`));
  const exchange = await send({ base: server.url, request: GET, number: 7, account_id: 'a', via: 2 });
  t.match(exchange, { number: 7, account_id: 'a', via: 2, status: 302, end: 'complete', error: null });
  t.strictSame(exchange.headers, [
    ['location', '/else'],
    ['X-A', '1'],
    ['x-a', '2'],
    ['Content-Encoding', 'gzip'],
    ['Content-Length', '4'],
  ]);
  t.strictSame(exchange.body, Buffer.from([0x1f, 0x8b, 8, 0]));
  t.equal(server.peers.length, 1);
});

t.test('chunks keep their bytes, offsets and order in time', async (t) => {
  const arrived: string[] = [];
  let write: (text: string) => void = () => undefined;
  await using server = await rawServer(async ({ socket, head }) => {
    await head();
    write = (text) => socket.write(text);
    write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  });
  const live = follow(
    { base: server.url, request: GET },
    {
      onChunk: ({ bytes }) => {
        arrived.push(bytes.toString());
        // Each next part is sent when the one before was seen, so that no two can arrive as one.
        if (arrived.length === 1) write('2\r\nde\r\n');
        if (arrived.length === 2) write('0\r\n\r\n');
      },
    },
  );
  const exchange = await live.finished;
  t.strictSame(arrived, ['abc', 'de']);
  t.strictSame(
    exchange.chunks.map(({ offset, bytes }) => [offset, bytes.toString()]),
    [
      [0, 'abc'],
      [3, 'de'],
    ],
  );
  t.equal(exchange.body.toString(), 'abcde');
  const [first, second] = exchange.chunks.map(({ at_ms }) => at_ms);
  const times = [exchange.sent_ms, exchange.connected_ms, exchange.headers_ms, first, second, exchange.ended_ms];
  t.strictSame(
    times.slice().sort((a, b) => Number(a) - Number(b)),
    times,
    'times ascend',
  );
  t.equal(new Set(times).size, times.length, 'and are finer than a millisecond');
});

t.test('beyond its bound a body is counted, handed on and not kept', async (t) => {
  // Each HTTP chunk is handed on by itself, also when several arrive at once.
  const body = '3\r\n012\r\n4\r\n3456\r\n3\r\n789\r\n0\r\n\r\n';
  await using server = await rawServer(answering(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`));
  const seen: [number, string][] = [];
  const live = follow(
    { base: server.url, request: GET, max_kept_bytes: 4 },
    { onChunk: ({ offset, bytes }) => seen.push([offset, bytes.toString()]) },
  );
  const exchange = await live.finished;
  t.equal(exchange.body.toString(), '0123');
  t.equal(exchange.chunks.length, 2, 'what holds nothing is no chunk');
  t.equal(exchange.discarded_bytes, 6);
  t.equal(live.bytes_received, 10);
  t.strictSame(seen, [
    [0, '012'],
    [3, '3456'],
    [7, '789'],
  ]);
});

t.test('a keep-alive connection carries exchanges over one socket until the server closes it', async (t) => {
  await using server = await rawServer(async ({ socket, head }) => {
    for (;;) {
      const close = (await head()).startsWith('GET /last');
      socket.write(close ? OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n') : OK);
      if (close) socket.end();
    }
  });
  const connection = openConnection(server.url);
  t.teardown(() => {
    connection.close();
  });
  const get = (path: string) => send({ base: server.url, connection, request: { method: 'GET', path } });
  for (const [path, reused_socket] of [
    ['/1', false],
    ['/2', true],
    ['/last', true],
    ['/4', false],
  ] as const) {
    t.match(await get(path), { reused_socket, connected_ms: Number, end: 'complete' }, path);
  }
  t.equal(server.peers.length, 2);
});

t.test('an exchange that did not end well takes its keep-alive socket with it', async (t) => {
  await using server = await rawServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
  const connection = openConnection(server.url);
  t.teardown(() => {
    connection.close();
  });
  const first = follow({ base: server.url, connection, request: GET });
  await first.opened;
  first.abort();
  const second = follow({ base: server.url, connection, request: GET });
  t.equal((await second.opened).status, 200);
  second.abort();
  t.match(await second.finished, { reused_socket: false });
});

t.test('interim answers are passed over', async (t) => {
  await using server = await rawServer(
    answering(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}`),
  );
  t.match(await send({ base: server.url, request: GET }), { status: 200, end: 'complete', body: Buffer.from('ok') });
});

t.test('answers without a body end at once', async (t) => {
  await using server = await rawServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n'));
  const exchange = await send({ base: server.url, request: { method: 'HEAD', path: '/' } });
  t.match(exchange, { status: 200, end: 'complete', body: Buffer.alloc(0) });
});

t.test('an answer that comes before the request was sent in full is an answer', async (t) => {
  await using server = await rawServer(async ({ socket, head }) => {
    await head();
    socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig');
  });
  const body = Buffer.alloc(8 * 1024 * 1024);
  const exchange = await send({ base: server.url, request: { method: 'POST', path: '/', body } });
  t.match(exchange, { status: 413, end: 'complete' });
});

t.test('a request that HTTP cannot carry is the caller’s mistake', async (t) => {
  const base = await closedPort();
  t.throws(() => follow({ base, request: { ...GET, headers: [['X', 'a\nb']] } }), { code: 'ERR_INVALID_CHAR' });
  await t.rejects(send({ base, request: { ...GET, path: '/a b' } }), { code: 'ERR_UNESCAPED_CHARACTERS' });
});

async function headOf(peer: Peer | undefined, text: string): Promise<string[]> {
  const bytes = (await peer?.received(text)) ?? '';
  return bytes.slice(0, bytes.indexOf('\r\n\r\n')).split('\r\n');
}
