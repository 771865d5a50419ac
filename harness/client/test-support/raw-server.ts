/** A server of bare sockets, so that a test decides every byte and every misbehaviour. */
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

/** One connection as the server sees it. */
export interface Peer {
  readonly socket: net.Socket;
  /** Waits for the next request without body; its head as text, up to the blank line. */
  readonly head: () => Promise<string>;
  /** Waits until all bytes received hold the text. */
  readonly received: (text: string) => Promise<string>;
}

export interface RawServer extends AsyncDisposable {
  readonly url: URL;
  readonly peers: readonly Peer[];
}

function peerOf(socket: net.Socket): Peer {
  let bytes = '';
  let consumed = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.toString('latin1');
  });
  // The client's resets are what tests provoke.
  socket.on('error', () => undefined);
  const until = async (found: () => number): Promise<number> => {
    for (;;) {
      const end = found();
      if (end >= 0) return end;
      await once(socket, 'data');
    }
  };
  return {
    socket,
    async head() {
      const end = await until(() => bytes.indexOf('\r\n\r\n', consumed));
      const head = bytes.slice(consumed, end);
      consumed = end + 4;
      return head;
    },
    async received(text) {
      await until(() => bytes.indexOf(text));
      return bytes;
    },
  };
}

/** Calls `serve` for each connection. A failing `serve` destroys its connection. */
export async function rawServer(serve: (peer: Peer) => Promise<void> | void): Promise<RawServer> {
  const peers: Peer[] = [];
  const server = net.createServer((socket) => {
    const peer = peerOf(socket);
    peers.push(peer);
    Promise.resolve(serve(peer)).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    peers,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const { socket } of peers) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Answers every request on every connection with these bytes; then does what `then` says. */
export function answering(bytes: string, then?: (socket: net.Socket) => void): (peer: Peer) => Promise<void> {
  return async ({ socket, head }) => {
    for (;;) {
      await head();
      socket.write(bytes, 'latin1', () => then?.(socket));
    }
  };
}

/** A port where nobody listens. */
export async function closedPort(): Promise<URL> {
  const server = await rawServer(() => undefined);
  await server[Symbol.asyncDispose]();
  return server.url;
}
