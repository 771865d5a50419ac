import { createServer } from 'node:http';
import { once, setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { now } from '../../../harness/clock.ts';
import { DIALECTS } from '../../../harness/dialects/index.ts';
import { Random } from '../../../spec/random.ts';
import { Trend } from '../../metrics/trend.ts';
import { restartMidRun } from '../../restart-mid-run.ts';
import { Publisher } from './publisher.ts';
import { Session } from './session.ts';

const TIMES = {
  heartbeat_ms: 1_000,
  lease_ttl_ms: 1_000,
  stall_limit_ms: 1_000,
  revocation_ms: 1_000,
  idempotency_ms: 1_000,
  recovery_ms: 1_000,
  event_latency_ms: 1_000,
  replay_ms: 1_000,
  request_ms: 1_000,
};

t.test('a schedule that nobody can keep is told by its lag and by what was never sent, and can be ended', async (t) => {
  // Answers nothing, so that everything stays under way.
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
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
    capabilities: [],
    times: TIMES,
  };
  const session = new Session(target, DIALECTS.jobs, over.signal);
  const lag = new Trend();
  const publisher = new Publisher({
    session,
    stream: { id: 's', account: session.account(0, 1) },
    workload: { ...restartMidRun.workload, events_per_second: 1e8 },
    random: new Random(1),
    first_ms: now(),
    lag,
  });
  const publishing = publisher.run();
  // A loop that never yields would keep this from being reached.
  while (publisher.unsent === 0) await new Promise((resolve) => setImmediate(resolve));
  over.abort();
  await publishing;
  t.ok(lag.select().percentile(99) > 0);
  const sent = session.recorder.records.filter(({ kind }) => kind === 'append').length;
  t.equal(sent, 1_000, 'what is under way is bounded');
});
