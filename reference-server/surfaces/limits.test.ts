import { once } from 'node:events';
import type { Socket } from 'node:net';
import t from 'tap';
import { RawConnection, request } from '../test-support/raw-http.ts';
import { ACME, GLOBEX, serve } from '../test-support/test-server.ts';

/** Status, error code and id of an answer that came over a raw socket. */
function envelope(answer: string): readonly unknown[] {
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
  const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { error: { code: string; message: string } };
  return [Number(status), body.error.code, body.error.message !== '', /^x-request-id: \S+/im.test(answer)];
}

/** The answer to an upload whose client reads nothing before it has sent everything; fails where it was reset. */
async function uploaded(port: number, bytes: number): Promise<string> {
  await using sending = await RawConnection.open(port);
  sending.socket.pause();
  const upload = request('POST', '/api/pipeline/start', [ACME], 'x'.repeat(bytes));
  await new Promise<void>((resolve, reject) =>
    sending.socket.write(upload, (error) => {
      if (error) reject(error);
      else resolve();
    }),
  );
  sending.socket.resume();
  return await sending.until((text) => text.includes('}'));
}

t.test('a body over the limit is 413', async (t) => {
  const { port, call, startJob } = await serve(t, { BODY_LIMIT_BYTES: '2048' });
  const job = await startJob();
  const payload = 'x'.repeat(3000);
  const large = await call('POST', `/api/jobs/${job}/events`, { type: 'x', payload });
  t.match([large.status, large.json], [413, { error: { code: 'payload_too_large' } }]);
  t.equal((await call('POST', `/api/jobs/${job}/events`, { type: 'x', payload: 'x'.repeat(1900) })).status, 201);
  t.equal((await uploaded(port, 12_000_000)).slice(9, 12), '413', 'and not reset over the rest of it');
});

t.test('a chunked body over the limit is 413 as well', async (t) => {
  const { port, startJob } = await serve(t, { BODY_LIMIT_BYTES: '2048' });
  const job = await startJob();
  const head = request('POST', `/api/jobs/${job}/events`, [ACME, 'Transfer-Encoding: chunked']);
  await using connection = await RawConnection.open(port, `${head}1000\r\n${'x'.repeat(4096)}\r\n`);
  t.match(await connection.until((text) => text.includes('}}')), /^HTTP\/1\.1 413/);
});

t.test('a head over the limit is 431', async (t) => {
  const { port } = await serve(t, { HEADER_LIMIT_BYTES: '2048' });
  await using connection = await RawConnection.open(
    port,
    request('GET', '/api/jobs', [ACME, `X-Big: ${'x'.repeat(4096)}`]),
  );
  t.same(envelope(await connection.end()), [431, 'headers_too_large', true, true]);
});

t.test('headers or a body that do not arrive in time are 408, and the connection ends', async (t) => {
  const { port, startJob } = await serve(t, { HEADERS_TIMEOUT_MS: '100', REQUEST_TIMEOUT_MS: '200' });
  const job = await startJob();
  const unfinished_body = `POST /api/jobs/${job}/events HTTP/1.1\r\nHost: x\r\n${ACME}\r\nContent-Length: 100\r\n\r\n{`;
  for (const text of ['GET /api/jobs HTTP/1.1\r\nHost: x\r\nX-Slow', unfinished_body]) {
    await using connection = await RawConnection.open(port, text);
    t.same(envelope(await connection.end()), [408, 'timeout', true, true]);
  }
});

t.test('the limits of a request’s arrival do not touch an answer that takes longer', async (t) => {
  const { port, startJob, append } = await serve(t, { HEADERS_TIMEOUT_MS: '50', REQUEST_TIMEOUT_MS: '50' });
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  await using slow = await RawConnection.open(port, 'GET / HTTP/1.1\r\n');
  t.match(await slow.end(), /^HTTP\/1\.1 408/, 'the time has passed for others');
  await append(job, { type: 'x', payload: 1 });
  t.match(await reader.until((text) => text.includes('id: 1\n')), /id: 1\n/);
});

t.test('what is no HTTP is 400', async (t) => {
  const { port } = await serve(t);
  for (const text of ['NONSENSE\r\n\r\n', 'GET / HTTP/1.1\r\nBad Header\r\n\r\n']) {
    await using connection = await RawConnection.open(port, text);
    t.same(envelope(await connection.end()), [400, 'bad_request', true, true]);
  }
  const no_host = await RawConnection.open(port, `GET /api/jobs HTTP/1.1\r\n${ACME}\r\nConnection: close\r\n\r\n`);
  t.same(envelope(await no_host.end()), [400, 'bad_request', true, true]);
  const bad_path = await RawConnection.open(port, request('GET', '/api/jobs/%zz/events', [ACME, 'Connection: close']));
  t.same(envelope(await bad_path.end()), [400, 'bad_request', true, true]);
});

t.test('long polls sent ahead on one connection are counted too', async (t) => {
  const { port, startJob, append } = await serve(t, { CONNECTIONS_PER_ACCOUNT: '2' });
  const job = await startJob();
  const poll = request('GET', `/api/jobs/${job}/events?wait_ms=30000`, [ACME]);
  await using ahead = await RawConnection.open(port, poll.repeat(3));
  await using other = await RawConnection.open(port, poll);
  t.match(await other.until((text) => text.includes('}')), /^HTTP\/1\.1 429/);
  await append(job, { type: 'x', payload: 1 });
  t.match(await ahead.until((text) => text.split('HTTP/1.1').length === 4), /200[^]*200[^]*429/);
});

/** Far below the time that a long poll waits by itself. */
const SOON = { timeout: 15_000 };

t.test('long polls of a client that has left give their places back, those sent ahead too', SOON, async (t) => {
  const { port, startJob } = await serve(t, { CONNECTIONS_PER_ACCOUNT: '3' });
  const job = await startJob();
  const polls = (wait_ms: number): Promise<RawConnection> =>
    RawConnection.open(port, request('GET', `/api/jobs/${job}/events?wait_ms=${wait_ms}`, [ACME]).repeat(3));
  /** Whether there were places for three at once. */
  const free = async (): Promise<boolean> => {
    await using asking = await polls(20);
    return !(await asking.until((text) => text.split('}').length > 3)).includes('HTTP/1.1 429');
  };
  const ahead = await polls(30_000);
  while (await free());
  ahead.socket.destroy();
  while (!(await free()));
});

t.test('a stream behind a long poll gives its place back when its client has left', SOON, async (t) => {
  const { port, startJob } = await serve(t, { OPEN_STREAMS_PER_ACCOUNT: '1' });
  const job = await startJob();
  const stream = request('GET', `/api/jobs/${job}/stream`, [ACME]);
  const free = async (): Promise<boolean> => {
    await using asking = await RawConnection.open(port, stream);
    return /^HTTP\/1\.1 200/.test(await asking.until((text) => text.includes('\r\n')));
  };
  const poll = request('GET', `/api/jobs/${job}/events?wait_ms=30000`, [ACME]);
  const ahead = await RawConnection.open(port, poll + stream);
  while (await free());
  ahead.socket.destroy();
  while (!(await free()));
});

t.test('the stall limit of one answer is not that of the next, which may wait for longer', async (t) => {
  const { port, startJob } = await serve(t, { STALL_LIMIT_MS: '100' });
  const job = await startJob();
  const [now, later] = [0, 400].map((wait_ms) => request('GET', `/api/jobs/${job}/events?wait_ms=${wait_ms}`, [ACME]));
  await using ahead = await RawConnection.open(port, `${now}${later}`);
  t.match(await ahead.until((text) => text.split('HTTP/1.1').length === 3), /200[^]*200/);
});

t.test('an answer that nobody takes ends with its connection after the stall limit', async (t) => {
  const sockets: Socket[] = [];
  const { port, startJob, append } = await serve(t, { STALL_LIMIT_MS: '100' }, (healthy) => ({
    ...healthy,
    outgoing: (answer, view) => {
      if (view.operation === 'snapshot') sockets.push(view.socket);
      return healthy.outgoing(answer, view);
    },
  }));
  const job = await startJob();
  for (let count = 0; count < 24; count += 1) await append(job, { type: 'x', payload: 'x'.repeat(1_000_000) });
  const whole = request('GET', `/api/jobs/${job}/snapshot`, [ACME]);
  await using reader = await RawConnection.open(port, whole);
  reader.socket.pause();
  await using taker = await RawConnection.open(port, whole);
  const length = Number(/content-length: (\d+)/i.exec(await taker.until((text) => text.includes('\r\n\r\n')))?.[1]);
  await taker.until((text) => text.length > length);
  const [held] = sockets;
  if (held?.destroyed === false) await once(held, 'close');
  reader.socket.resume();
  t.ok((await reader.end()).length < length, 'it was cut');
});

t.test('one connection of an account too many is 429, another account’s are not counted', async (t) => {
  const { port } = await serve(t, { CONNECTIONS_PER_ACCOUNT: '2' });
  const list = (key: string): Promise<RawConnection> => RawConnection.open(port, request('GET', '/api/jobs', [key]));
  const status = async (connection: RawConnection): Promise<string> =>
    (await connection.until((text) => text.includes('}'))).slice(9, 12);
  await using first = await list(ACME);
  await using second = await list(ACME);
  t.same([await status(first), await status(second)], ['200', '200']);
  await using third = await list(ACME);
  t.same([await status(third), /^retry-after: \d+/im.test(third.received)], ['429', true]);
  t.notMatch(await third.end(), 'keep-alive', 'and it is not kept: nobody would count it');
  t.equal((await uploaded(port, 12_000_000)).slice(9, 12), '429', 'nor reset over a body under way');
  await using other = await list(GLOBEX);
  t.equal(await status(other), '200');

  first.received = '';
  first.socket.write(request('GET', '/api/jobs', [ACME]));
  t.equal(await status(first), '200', 'a connection that is counted goes on');
  first.socket.destroy();
  let again = '429';
  while (again === '429') {
    await using next = await list(ACME);
    again = await status(next);
  }
  t.equal(again, '200', 'a closed one gives its place back');
});
