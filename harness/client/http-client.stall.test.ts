import { once } from 'node:events';
import t from 'tap';
import { follow, send } from './http-client.ts';
import { answering, rawServer } from './test-support/raw-server.ts';

const BODY_BYTES = 64 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, '.');

t.test('a stalled reader stops the sender, and a resumed one gets everything', async (t) => {
  await using echo = await rawServer(answering('HTTP/1.1 204 No Content\r\n\r\n'));
  let handed_to_kernel = 0;
  await using server = await rawServer(async ({ socket, head }) => {
    await head();
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
    for (let sent = 0; sent < BODY_BYTES; sent += PIECE.length) {
      if (!socket.write(PIECE)) await once(socket, 'drain');
      handed_to_kernel = socket.bytesWritten - socket.writableLength;
    }
  });
  const max_kept_bytes = 1024 * 1024;
  const live = follow({ base: server.url, request: { method: 'GET', path: '/' }, max_kept_bytes });
  live.stall();
  await live.opened;
  const at_stall = live.bytes_received;

  // The clock is other traffic: the sender stands when nothing more left it during thirty round trips in a row.
  for (let still = 0, before = -1; still < 30; still++) {
    await send({ base: echo.url, request: { method: 'GET', path: '/' } });
    if (handed_to_kernel !== before) still = 0;
    before = handed_to_kernel;
  }
  t.ok(handed_to_kernel < BODY_BYTES / 2, `the kernel took ${handed_to_kernel} bytes and no more`);
  t.equal(live.bytes_received, at_stall, 'nothing is received meanwhile');
  t.equal(live.end, null);

  live.resume();
  const exchange = await live.finished;
  t.equal(exchange.end, 'complete');
  t.equal(live.bytes_received, BODY_BYTES);
  t.equal(exchange.discarded_bytes, BODY_BYTES - max_kept_bytes);
});

t.test('a stalled reader learns of the end only when it reads on', async (t) => {
  await using server = await rawServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
  const live = follow({ base: server.url, request: { method: 'GET', path: '/' } });
  live.stall();
  await live.opened;
  await send({ base: server.url, request: { method: 'GET', path: '/' } });
  t.equal(live.end, null);
  live.resume();
  t.match(await live.finished, { end: 'complete', body: Buffer.from('hello') });
});

t.test('an answer that is whole is complete, also when its connection went while the reader stalled', async (t) => {
  await using echo = await rawServer(answering('HTTP/1.1 204 No Content\r\n\r\n'));
  await using server = await rawServer(
    answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', (socket) => socket.end()),
  );
  const live = follow({ base: server.url, request: { method: 'GET', path: '/' } });
  live.stall();
  await live.opened;
  const socket = server.peers[0]?.socket;
  if (socket?.closed === false) await once(socket, 'close');
  // What the close set off here has run before another exchange ends.
  await send({ base: echo.url, request: { method: 'GET', path: '/' } });
  t.equal(live.end, null);
  live.resume();
  t.match(await live.finished, { end: 'complete', body: Buffer.from('hello') });
});

t.test('a stalled reader can be closed', async (t) => {
  await using server = await rawServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
  const live = follow({ base: server.url, request: { method: 'GET', path: '/' } });
  live.stall();
  await live.opened;
  live.abort();
  t.match(await live.finished, { end: 'aborted', status: 200, body: Buffer.alloc(0) });
});
