/**
 * How a stream leaves the process. Node writes head and end of the message; what is between goes straight to the socket
 * with its chunked framing already in the shared bytes.
 */
import type { Socket } from 'node:net';
import type { Link, SseWire } from '../seams.ts';

export const sseWire: SseWire = {
  open(link: Link, headers) {
    link.response.writeHead(200, headers);
    link.response.flushHeaders();
  },
  send(link, block, done) {
    // Behind an unfinished response on the same connection: Node keeps the order.
    if (link.response.socket === null) link.response.write(block.body, done);
    else link.socket.write(link.chunked ? block.chunked : block.body, done);
  },
  end(link) {
    link.response.end();
  },
};

/**
 * Bytes of the one write under way that the kernel has not taken. Node's own count falls only when a whole write is
 * done; libuv's, where it can be reached, shows a slow reader's progress inside it.
 */
export function unsentBytes(socket: Socket): number {
  const handle = (socket as unknown as { readonly _handle?: { readonly writeQueueSize?: number } | null })._handle;
  return handle?.writeQueueSize ?? socket.writableLength;
}
