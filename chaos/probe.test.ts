import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { refusal, tripwire } from './probe.ts';
import { serve } from './test-support.ts';

/** Listens and never accepts: once its queue is full, the kernel drops who comes. */
const DEAF = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:worker_threads').parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;
const QUEUED = 8;
const PATIENCE_MS = 300;

t.test('an address that drops who connects is given up in time', { timeout: 20_000 }, async (t) => {
  const worker = new Worker(DEAF, { eval: true });
  t.teardown(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const queue = Array.from({ length: QUEUED }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  t.teardown(() => {
    for (const socket of queue) socket.destroy();
  });
  const url = new URL(`http://127.0.0.1:${port}/`);
  t.equal(await refusal(url, PATIENCE_MS), 'ETIMEDOUT');
  t.equal(await tripwire(url, PATIENCE_MS), null);
});

t.test('what is accepted is not refused, however long it is held', async (t) => {
  await using server = await serve((_req, res) => res.end());
  t.equal(await refusal(server.url), null);
  using wire = await tripwire(server.url, PATIENCE_MS);
  t.equal(await wire?.broken(2 * PATIENCE_MS), null);
});
