/** A load session at a server that answers as its test says: what a publisher or a reader needs to run alone. */
import { once, setMaxListeners } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DIALECTS } from '../../harness/dialects/index.ts';
import type { DeclaredTimes } from '../../harness/target.ts';
import type { LoadTarget } from '../engines/node/protocol.ts';
import { Session } from '../engines/node/session.ts';

const TIMES = {
  heartbeat_ms: 1_000,
  lease_ttl_ms: 1_000,
  stall_limit_ms: 1_000,
  revocation_ms: 1_000,
  idempotency_ms: 1_000,
  recovery_ms: 1_000,
  event_latency_ms: 1_000,
  replay_ms: 1_000,
  request_ms: 10_000,
} satisfies DeclaredTimes;

export interface TestSession extends Disposable {
  readonly session: Session;
  /** Ends the load. */
  readonly over: AbortController;
}

/** What a target declares beside nothing at all. */
export interface Declared {
  readonly capabilities?: LoadTarget['capabilities'];
  readonly times?: Partial<DeclaredTimes>;
}

export async function sessionAt(
  answer: RequestListener,
  { capabilities = [], times = {} }: Declared = {},
): Promise<TestSession> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const over = new AbortController();
  // Every exchange under way listens to it.
  setMaxListeners(0, over.signal);
  const target = {
    url: `http://127.0.0.1:${String(port)}`,
    dialect: 'jobs',
    accounts: [],
    headers: [],
    capabilities,
    times: { ...TIMES, ...times },
  };
  return {
    session: new Session(target, DIALECTS.jobs, over.signal),
    over,
    [Symbol.dispose]: () => {
      over.abort();
      server.closeAllConnections();
      server.close();
    },
  };
}
