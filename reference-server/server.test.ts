import t from 'tap';
import type { Compose, DrainStep } from './seams.ts';
import { dechunk, idsOf, RawConnection, request } from './test-support/raw-http.ts';
import { ACME, serve } from './test-support/test-server.ts';

const x = (n: number) => ({ type: 'x', payload: { n } });

t.test('health, readiness, metrics', async (t) => {
  let reachable = true;
  const { call, startJob, append, port } = await serve(t, {}, (healthy) => ({
    ...healthy,
    store: { ...healthy.store, ping: () => (reachable ? healthy.store.ping() : Promise.reject(new Error('away'))) },
  }));
  t.equal((await call('GET', '/healthz')).status, 200);
  t.equal((await call('GET', '/readyz')).status, 200);
  reachable = false;
  const away = await call('GET', '/readyz');
  t.match([away.status, away.json], [503, { error: { code: 'unavailable' } }]);
  t.ok(away.headers.get('retry-after'));
  t.equal((await call('GET', '/healthz')).status, 200, 'alive all the same');

  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  await append(job, x(1));
  await reader.until((text) => text.includes('id: 1\n'));
  const { text, headers } = await call('GET', '/metrics');
  t.match(headers.get('content-type'), /^text\/plain/);
  for (const name of [
    'event_latency_seconds',
    'frame_bytes',
    'replay_duration_seconds',
    'persistence_latency_seconds',
  ]) {
    t.match(text, new RegExp(`^${name}_count 1$`, 'm'), name);
  }
  t.match(text, /^queue_depth 0$/m);
  t.match(text, /^persistence_failures_total 0$/m);
});

t.test(
  'a drain: not ready, each stream gets only retry and ends whole, polls are answered, the store is last',
  async (t) => {
    const order: string[] = [];
    const watch: Compose = (healthy) => ({
      ...healthy,
      store: { ...healthy.store, close: async () => void (await healthy.store.close(), order.push('store')) },
      locks: { ...healthy.locks, close: async () => void (await healthy.locks.close(), order.push('locks')) },
      wire: { ...healthy.wire, end: (link) => void (healthy.wire.end(link), order.push('stream')) },
    });
    const { server, port, call, startJob, append } = await serve(t, { RETRY_MS: '1234' }, watch);
    const job = await startJob();
    await append(job, x(1));
    await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
    await using poll = await RawConnection.open(
      port,
      request('GET', `/api/jobs/${job}/events?after=1&wait_ms=30000`, [ACME]),
    );
    await reader.until((text) => text.includes('id: 1\n'));
    await call('GET', '/healthz');
    await server.drain();

    const { body, complete } = dechunk(await reader.end());
    t.ok(complete);
    t.same(idsOf(body), [1]);
    const notice = body.slice(body.indexOf('retry:'));
    t.match(notice, /^retry: 1234\n\n:/);
    t.ok(notice.length >= 4096, 'padded');
    t.match(await poll.end(), /^HTTP\/1\.1 200[\s\S]*"events":\[\]/);
    t.same(order, ['stream', 'locks', 'store']);
    await t.rejects(RawConnection.open(port), { code: 'ECONNREFUSED' });
  },
);

t.test('a draining instance is not ready, and resets an SSE GET rather than answer 5xx', async (t) => {
  let release = (): void => undefined;
  const hold: Compose = (healthy) => ({
    ...healthy,
    // Held at its first step after readiness, so that one can look.
    lifecycle: {
      ...healthy.lifecycle,
      drain_order: ['unready', 'locks', 'streams', 'listener', 'store'] satisfies DrainStep[],
    },
    locks: {
      ...healthy.locks,
      close: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    },
  });
  const { server, port, call, startJob, append } = await serve(t, {}, hold);
  const job = await startJob();
  const drained = server.drain();
  t.equal((await call('GET', '/readyz')).status, 503);
  t.equal((await append(job, x(1))).status, 201, 'other requests are served while it can');
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  t.equal(await reader.end(), '');
  release();
  await drained;
});

t.test('close is at once, with readers attached, and twice is harmless', async (t) => {
  const { server, port, startJob } = await serve(t);
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  await server.close();
  await server.close();
  t.notOk(dechunk(await reader.end()).complete);
});

t.test('keys of a new account work, and the store holds no secret', async (t) => {
  const { server, call } = await serve(t, { STREAM_STORE_BACKEND: 'sqlite' });
  const account = await server.createAccount();
  for (const { key } of [account, ...account.other_keys]) {
    t.equal((await call('GET', '/api/jobs', undefined, { authorization: `Bearer ${key}` })).status, 200);
  }
  t.equal(account.other_keys.length, 1);
});

for (const hints of [true, false]) {
  t.test(
    `the last event of a burst, and a removal, reach a reader on another instance ${hints ? 'by' : 'without'} hints`,
    async (t) => {
      const deaf: Compose = (healthy) =>
        hints ? healthy : { ...healthy, wake: { ...healthy.wake, hinted: () => undefined } };
      const shared = {
        STREAM_STORE_BACKEND: 'sqlite',
        INSTANCES: '2',
        SQLITE_PATH: `${t.testdir({})}/jobs.sqlite`,
        STORE_POLL_MS: hints ? '60000' : '20',
      };
      const one = await serve(t, { ...shared, INSTANCE_ID: 'one' });
      const two = await serve(t, { ...shared, INSTANCE_ID: 'two' }, deaf);
      const job = await one.startJob();
      await using reader = await RawConnection.open(two.port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
      await reader.until((text) => text.includes('\r\n\r\n'));
      const poll = two.call('GET', `/api/jobs/${job}/events?wait_ms=30000`);
      for (let n = 1; n <= 30; n += 1) await one.append(job, x(n));
      const text = await reader.until((received) => received.includes('id: 30\n'));
      t.same(
        idsOf(dechunk(text).body),
        Array.from({ length: 30 }, (_, n) => n + 1),
      );
      t.equal((await poll).status, 200);

      await one.call('DELETE', `/api/jobs/${job}`);
      t.ok(dechunk(await reader.until((received) => dechunk(received).complete)).complete, 'a removal, too');
    },
  );
}

t.test('readers hear of an event after its acknowledgement, never before', async (t) => {
  const order: string[] = [];
  const { port, startJob, append } = await serve(t, { STORE_POLL_MS: '10' }, (healthy) => ({
    ...healthy,
    appends: {
      ...healthy.appends,
      async acknowledge(...args) {
        // Long enough for the store's hint and several polls.
        await new Promise((resolve) => setTimeout(resolve, 60));
        order.push('ack');
        return healthy.appends.acknowledge(...args);
      },
    },
    wire: {
      ...healthy.wire,
      send: (link, block, sent) => {
        order.push('frame');
        healthy.wire.send(link, block, sent);
      },
    },
  }));
  const job = await startJob();
  await using reader = await RawConnection.open(port, request('GET', `/api/jobs/${job}/stream`, [ACME]));
  await reader.until((text) => text.includes('\r\n\r\n'));
  await append(job, x(1));
  await reader.until((text) => text.includes('id: 1\n'));
  t.same(order, ['ack', 'frame']);
});
