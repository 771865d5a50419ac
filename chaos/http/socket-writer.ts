/** Writing with backpressure. */
import type { Socket } from 'node:net';
import { waitFor } from '../wait.ts';

/**
 * Resolves when the socket takes more, or is closed. Writes of one turn of the event loop leave together, as they
 * came; to a socket that is closed they vanish.
 */
export async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || !socket.writable) return;
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => {
      socket.uncork();
    });
  }
  if (socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

/** A peer that finds a reset behind unread data sees an ordinary end (libuv on Linux): leave it time to read. */
const SETTLE_MS = 25;

/** Resets the connection once what was written has left, or after `within_ms` when the peer takes no more. */
export async function resetAfterWrites(socket: Socket, within_ms: number): Promise<void> {
  const flushed = new Promise<void>((resolve) => {
    if (socket.writable && socket.bytesWritten > 0) {
      socket.write('', () => {
        resolve();
      });
    } else resolve();
  });
  const closed = new AbortController();
  socket.once('close', () => {
    closed.abort();
  });
  await Promise.race([flushed, waitFor(within_ms, [closed.signal])]);
  await waitFor(SETTLE_MS, [closed.signal]);
  // A peer in this process reads in the poll phase that lies between.
  await new Promise((resolve) => setImmediate(resolve));
  socket.resetAndDestroy();
}
