/** Writing with backpressure. */
import type { Socket } from 'node:net';

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

/** Resolves when everything written has left for the kernel, the socket is closed, or the time is up. */
export function flushed(socket: Socket, within_ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, within_ms);
    const done = (): void => {
      clearTimeout(timer);
      socket.off('close', done);
      resolve();
    };
    socket.on('close', done);
    if (socket.writable) socket.write('', done);
    else done();
  });
}
