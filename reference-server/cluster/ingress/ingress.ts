/**
 * The reverse proxy in front of the instances. Connections are passed through as they are: a client's connection has
 * upstream connections of its own, bytes go on as they come, a disconnect on one side ends the other at once.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { ClientConnection } from './client-connection.ts';
import { createHealth } from './health.ts';
import { createRouter, type Routing } from './routing.ts';

export interface IngressOptions {
  readonly routing: Routing;
  readonly instances: number;
  /** An SSE upstream silent for three of these is cut. */
  readonly heartbeat_ms: number;
  /** A client that takes nothing for this long, while there is something for it, is let go. */
  readonly stall_limit_ms: number;
  /** 0: any free port. */
  readonly port: number;
  /** A begun request head must be complete within this. */
  readonly head_timeout_ms: number;
}

export interface Ingress {
  readonly port: number;
  /** The instance listens there and is ready. */
  up(index: number, port: number): void;
  /** The instance's process is gone. */
  down(index: number): void;
  close(): Promise<void>;
}

/** Bounds of the ingress. Heads may be larger than an instance allows, so that its own 431 is what a client sees. */
const LIMITS = {
  max_connections: 20_000,
  head_bytes: 65_536,
  /** Shorter than an instance's keep-alive, so that the ingress closes first and no request meets a closing socket. */
  idle_timeout_ms: 60_000,
  linger_ms: 1000,
  connect_timeout_ms: 1000,
} as const;

/** Rejects with the listen error, e.g. EADDRINUSE. */
export async function startIngress(options: IngressOptions): Promise<Ingress> {
  const ports: (number | null)[] = Array.from({ length: options.instances }, () => null);
  const health = createHealth(() => ports);
  const context = {
    ...LIMITS,
    head_timeout_ms: options.head_timeout_ms,
    ports: () => ports,
    health,
    router: createRouter(options.routing, options.instances),
    stall_limit_ms: options.stall_limit_ms,
    silence_ms: 3 * options.heartbeat_ms,
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new ClientConnection(socket, context);
  });
  server.maxConnections = LIMITS.max_connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: options.port, backlog: 4096 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    up(index, port) {
      ports[index] = port;
      health.trust(index);
    },
    down(index) {
      health.suspect(index);
    },
    async close() {
      health.close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
