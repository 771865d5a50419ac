/** What a useless server is: real, on loopback, and wrong about everything. No check may pass against one. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RunningServer extends AsyncDisposable {
  readonly url: URL;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

export interface UselessServer {
  /** kebab-case. */
  readonly name: string;
  readonly description: string;
  start(): Promise<RunningServer>;
}

/** Listens on a free port of 127.0.0.1. */
export async function listen(listener: RequestListener): Promise<RunningServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { url: new URL(`http://127.0.0.1:${port}/`), close, [Symbol.asyncDispose]: close };
}
