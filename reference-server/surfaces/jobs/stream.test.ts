import { once } from 'node:events';
import t from 'tap';
import { dechunk, idsOf, RawConnection, request } from '../../test-support/raw-http.ts';
import { ACME, serve } from '../../test-support/test-server.ts';

const x = (n: number) => ({ type: 'x', payload: { n } });
const done = { type: 'done', payload: {} };

t.test('history, then live, then the end, in one complete chunked message', async (t) => {
  const { port, startJob, append } = await serve(t);
  const job = await startJob();
  await append(job, x(1), x(2));
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  const head = await reader.until((text) => text.includes('\r\n\r\n'));
  t.match(head, /^HTTP\/1\.1 200 OK\r\n/);
  for (const line of [
    /^content-type: text\/event-stream/im,
    /^cache-control: .*no-cache/im,
    /^x-accel-buffering: no/im,
    /^transfer-encoding: chunked/im,
    /^connection: keep-alive/im,
  ]) {
    t.match(head, line);
  }
  t.notMatch(head, /content-length|content-encoding/i);
  await reader.until((text) => text.includes('id: 2\n'));
  await append(job, x(3));
  await reader.until((text) => text.includes('id: 3\n'));
  await append(job, done);
  const text = await reader.until((received) => dechunk(received).complete);
  t.same(idsOf(dechunk(text).body), [1, 2, 3, 4]);

  // The connection goes on: the next request is answered on it.
  reader.received = '';
  reader.socket.write(request('GET', '/healthz'));
  t.match(await reader.until((received) => received.includes('"ok"')), /^HTTP\/1\.1 200/);
});

t.test('headers leave at once on an idle stream, and a heartbeat follows', async (t) => {
  const { port, startJob } = await serve(t, { HEARTBEAT_MS: '60' });
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  const head = await reader.until((text) => text.includes('\r\n\r\n'));
  t.equal(dechunk(head).body, '');
  const text = await reader.until((received) => dechunk(received).body.includes('\n\n'));
  t.match(dechunk(text).body, /^: heartbeat\n\n/, 'a comment without an id and without padding');
});

t.test('every cursor, header or query', async (t) => {
  const { call, startJob, append } = await serve(t);
  const job = await startJob();
  await append(job, ...Array.from({ length: 12 }, (_, n) => x(n)), done);
  const read = async (query: string, header?: string) => {
    const headers = header === undefined ? {} : { 'last-event-id': header };
    const { status, text, json } = await call('GET', `/api/jobs/${job}/stream${query}`, undefined, headers);
    return status === 200 ? idsOf(text) : [status, (json['error'] as { code?: string } | undefined)?.code];
  };
  const all = Array.from({ length: 13 }, (_, n) => n + 1);
  for (const after of [0, 1, 8, 9, 10, 12]) {
    t.same(await read('', String(after)), all.slice(after));
    t.same(await read(`?after=${after}`), all.slice(after));
  }
  t.same(await read(''), all);
  t.same(await read('', ''), all, 'an empty header is none');
  t.same(await read('?after=2', '9'), all.slice(9), 'the header wins');
  t.same(await read('?after=13'), [204, undefined]);
  t.same(await read('', '13'), [204, undefined]);
  t.same(await read('', '14'), [409, 'conflict'], 'beyond the terminal id is ahead');
  t.same(await read('', '99999999999999999999'), [409, 'conflict']);
  for (const bad of ['10abc', '1e3', '+5', '007', '0x10', '-1']) t.same(await read('', bad), [400, 'bad_request'], bad);
  for (const bad of ['', '%205', '%2B5', '5&after=5']) t.same(await read(`?after=${bad}`), [400, 'bad_request'], bad);
});

t.test('the tail of a stream that goes on is never finished', async (t) => {
  const { port, startJob, append } = await serve(t);
  const job = await startJob();
  await append(job, x(1));
  const get = request('GET', `/api/jobs/${job}/stream`, [ACME, 'Last-Event-ID: 1']);
  await using reader = await RawConnection.open(port, get);
  await reader.until((text) => text.includes('\r\n\r\n'));
  await append(job, done);
  t.same(idsOf(dechunk(await reader.until((text) => dechunk(text).complete)).body), [2]);
});

t.test('a pruned cursor is told its earliest id', async (t) => {
  const { call, startJob, append } = await serve(t, { HISTORY_LIMIT: '10' });
  const job = await startJob();
  await append(job, ...Array.from({ length: 30 }, (_, n) => x(n)));
  for (const path of [`/api/jobs/${job}/stream?after=0`, `/api/jobs/${job}/events?after=19`]) {
    const { status, json } = await call('GET', path);
    t.match([status, json], [410, { error: { code: 'gone', earliest: 21 } }]);
  }
});

t.test('a reader that was attached gets what the store would have pruned', async (t) => {
  const { port, startJob, append } = await serve(t, { HISTORY_LIMIT: '10' });
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  reader.socket.pause();
  for (let n = 0; n < 20; n += 1) await append(job, ...Array.from({ length: 10 }, (_, i) => x(n * 10 + i)));
  await append(job, done);
  reader.socket.resume();
  const { body } = dechunk(await reader.until((text) => dechunk(text).complete));
  t.same(
    idsOf(body),
    Array.from({ length: 201 }, (_, n) => n + 1),
  );
});

t.test('HTTP/1.0 gets the same bytes unframed, and the end of the connection', async (t) => {
  const { port, startJob, append } = await serve(t);
  const job = await startJob();
  await append(job, x(1), done);
  const get = `GET /api/jobs/${job}/stream HTTP/1.0\r\n${ACME}\r\n\r\n`;
  await using reader = await RawConnection.open(port, get);
  const text = await reader.end();
  t.notMatch(text, /transfer-encoding/i);
  t.match(text, /^connection: close/im);
  t.same(idsOf(text.slice(text.indexOf('\r\n\r\n') + 4)), [1, 2]);
  t.match(text.slice(text.indexOf('\r\n\r\n') + 4), /^id: 1\n/);
});

t.test('HEAD is the head alone, and holds no slot', async (t) => {
  const { call, startJob } = await serve(t, { OPEN_STREAMS_PER_ACCOUNT: '1' });
  const job = await startJob();
  for (let n = 0; n < 3; n += 1) {
    const reply = await call('HEAD', `/api/jobs/${job}/stream`);
    t.same([reply.status, reply.text], [200, '']);
    t.match(reply.headers.get('content-type'), 'text/event-stream');
  }
});

t.test('a request behind an unfinished one on the same connection waits for its turn', async (t) => {
  const { port, startJob, append } = await serve(t);
  const job = await startJob();
  const poll = request('GET', `/api/jobs/${job}/events?wait_ms=30000`, [ACME]);
  const stream = request('GET', `/api/jobs/${job}/stream`, [ACME]);
  await using reader = await RawConnection.open(port, poll + stream);
  await append(job, x(1));
  await reader.until((text) => text.includes('"next_cursor":1'));
  await append(job, done);
  const text = await reader.until((received) => received.endsWith('0\r\n\r\n'));
  const second = text.slice(text.lastIndexOf('HTTP/1.1 200'));
  t.same(idsOf(dechunk(second).body), [1, 2]);
});

t.test('one open stream too many is 429 until one ends', async (t) => {
  const { port, call, startJob } = await serve(t, { OPEN_STREAMS_PER_ACCOUNT: '2' });
  const job = await startJob();
  const path = `/api/jobs/${job}/stream`;
  const readers = [];
  for (let n = 0; n < 2; n += 1) {
    const reader = await RawConnection.open(port, request('GET', path, [ACME]));
    await reader.until((text) => text.includes('\r\n\r\n'));
    readers.push(reader);
  }
  const refused = await call('GET', path);
  t.match([refused.status, refused.json], [429, { error: { code: 'quota_exceeded' } }]);
  t.ok(refused.headers.get('retry-after'));
  readers[0]?.socket.destroy();
  const retry = async (): Promise<string> => {
    const reader = await RawConnection.open(port, request('GET', path, [ACME]));
    readers.push(reader);
    return reader.until((text) => text.includes('\r\n\r\n'));
  };
  let head = await retry();
  while (head.startsWith('HTTP/1.1 429')) head = await retry();
  t.match(head, /^HTTP\/1\.1 200/);
  for (const reader of readers) reader.socket.destroy();
});

t.test('a stalled reader is cut, heartbeats notwithstanding, and holds up nobody', async (t) => {
  const { port, call, startJob, append } = await serve(t, { STALL_LIMIT_MS: '400', HEARTBEAT_MS: '100' });
  const job = await startJob();
  await using stalled = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await using healthy = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await stalled.until((text) => text.includes('\r\n\r\n'));
  stalled.socket.pause();
  const payload = 'z'.repeat(500_000);
  for (let n = 1; n <= 30; n += 1) {
    await append(job, { type: 'x', payload });
    await healthy.until((text) => text.includes(`id: ${n}\n`));
  }
  const counted = async (): Promise<boolean> => /^stalled_readers_total 1$/m.test((await call('GET', '/metrics')).text);
  while (!(await counted())) await new Promise((resolve) => setTimeout(resolve, 20));
  t.match((await call('GET', '/metrics')).text, /^open_streams 1$/m, 'its slot is free, the healthy one goes on');
});

t.test('DELETE ends open streams cleanly and waiting polls with 404', async (t) => {
  const { port, call, startJob } = await serve(t);
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  const poll = call('GET', `/api/jobs/${job}/events?wait_ms=30000`);
  await using probe = await RawConnection.open(port, request('GET', `/api/jobs/${job}/events?wait_ms=30000`, [ACME]));
  await Promise.race([once(probe.socket, 'data'), new Promise((resolve) => setTimeout(resolve, 50))]);
  t.equal((await call('DELETE', `/api/jobs/${job}`)).status, 204);
  t.equal(dechunk(await reader.until((text) => dechunk(text).complete)).body, '');
  t.equal((await poll).status, 404);
  t.equal((await call('DELETE', `/api/jobs/${job}`)).status, 404);
});
