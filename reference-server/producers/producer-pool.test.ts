import t from 'tap';
import type { Compose, Seams } from '../seams.ts';
import { serve, type TestServer } from '../test-support/test-server.ts';
import { syntheticEvent } from './synthetic.ts';

interface Produced {
  readonly id: number;
  readonly type: string;
  readonly payload: { readonly seq: number; readonly epoch: number; readonly nonce: string };
}

async function start({ call }: TestServer, events: number, interval_ms = 0, payload_bytes = 10): Promise<string> {
  const spec = { producer: 'synthetic', events, interval_ms, payload_bytes, seed: 7 };
  return String((await call('POST', '/api/pipeline/start', spec)).json['job_id']);
}

/** All events once the stream has ended. */
async function finished({ call }: TestServer, job: string): Promise<readonly Produced[]> {
  const events: Produced[] = [];
  for (let status = 'running'; status === 'running' || events.at(-1)?.type !== 'done';) {
    const after = events.at(-1)?.id ?? 0;
    const { json } = await call('GET', `/api/jobs/${job}/events?after=${after}&wait_ms=1000`);
    events.push(...(json['events'] as Produced[]));
    status = String(json['status']);
  }
  return events;
}

/** Resolves once the stream has at least `count` events. */
async function reached({ call }: TestServer, job: string, count: number): Promise<void> {
  let id = 0;
  while (id < count) {
    const { json } = await call('GET', `/api/jobs/${job}/events?after=${id}&wait_ms=1000`);
    id = Number(json['next_cursor']);
  }
}

const NUMBERS = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

t.test('the workload is what its spec says, the same for the same seed', async (t) => {
  const spec = { events: 3, interval_ms: 0, payload_bytes: 20, seed: 1 };
  const stamp = { epoch: 4, nonce: 'n' };
  const event = syntheticEvent(spec, 2, stamp, 5);
  t.same(event, syntheticEvent(spec, 2, stamp, 5));
  t.notSame(event.payload_json, syntheticEvent({ ...spec, seed: 2 }, 2, stamp, 5).payload_json);
  t.match(JSON.parse(event.payload_json), { seq: 2, epoch: 4, nonce: 'n' });
  t.equal(syntheticEvent(spec, 3, stamp, 5).type, 'done');
  t.not(syntheticEvent(spec, 2, stamp, 5).type, 'done');
});

t.test('large events are stored in batches of a quarter of a megabyte', async (t) => {
  const batches: number[] = [];
  const server = await serve(t, {}, (healthy) => ({
    ...healthy,
    store: {
      ...healthy.store,
      append(job_id, events, options) {
        batches.push(events.length);
        return healthy.store.append(job_id, events, options);
      },
    },
  }));
  await finished(server, await start(server, 10, 0, 64 * 1024));
  t.same(batches, [4, 4, 2]);
});

for (const STREAM_STORE_BACKEND of ['memory', 'sqlite']) {
  t.test(`a stream is produced whole under a lease, then given back, on ${STREAM_STORE_BACKEND}`, async (t) => {
    const server = await serve(t, { STREAM_STORE_BACKEND });
    for (const [count, interval_ms] of [
      [1, 0],
      [200, 0],
      [5, 10],
    ] as const) {
      const job = await start(server, count, interval_ms);
      const events = await finished(server, job);
      t.same(
        events.map(({ id }) => id),
        NUMBERS(count),
      );
      t.same(
        events.map(({ payload }) => payload.seq),
        NUMBERS(count),
      );
      t.equal(new Set(events.map(({ payload }) => `${payload.epoch} ${payload.nonce}`)).size, 1);
      while ((await server.server.ownerOf(job)) !== null) await new Promise(setImmediate);
    }
  });
}

t.test('DELETE stops the producer', async (t) => {
  const server = await serve(t);
  const job = await start(server, 1000, 5);
  await reached(server, job, 2);
  t.match(await server.server.ownerOf(job), { instance_id: 'instance-0', epoch: 1 });
  await server.call('DELETE', `/api/jobs/${job}`);
  while ((await server.server.ownerOf(job)) !== null) await new Promise(setImmediate);
  t.equal((await server.call('GET', `/api/jobs/${job}/events`)).status, 404);
});

/** Two instances on one database; `second` is composed by the caller. */
async function pair(t: Parameters<typeof serve>[0], env: Record<string, string>, first?: Compose, second?: Compose) {
  const SQLITE_PATH = `${t.testdir({})}/jobs.sqlite`;
  const shared = { STREAM_STORE_BACKEND: 'sqlite', INSTANCES: '2', SQLITE_PATH, ...env };
  const one = await serve(t, { ...shared, INSTANCE_ID: 'one' }, first);
  const two = await serve(t, { ...shared, INSTANCE_ID: 'two' }, second);
  return [one, two] as const;
}

t.test('a drained owner hands its stream over at the last persisted id', async (t) => {
  const [one, two] = await pair(t, { LOCK_TTL_MS: '1500' });
  const job = await start(one, 200, 10);
  await reached(two, job, 5);
  t.match(await two.server.ownerOf(job), { instance_id: 'one' });
  await one.server.drain();
  const events = await finished(two, job);
  t.same(
    events.map(({ id, payload }) => [id, payload.seq]),
    NUMBERS(200).map((n) => [n, n]),
  );
  const epochs = events.map(({ payload }) => payload.epoch);
  t.same(
    epochs,
    [...epochs].sort((a, b) => a - b),
  );
  t.equal(new Set(events.map(({ payload }) => payload.nonce)).size, 2);
});

t.test('an owner whose renewals fail stops by itself, and another takes over after its lease', async (t) => {
  let outage = false;
  const away = (): Promise<boolean> => Promise.reject(new Error('the lock store is away'));
  const cutOff: Compose = (healthy: Seams) => ({
    ...healthy,
    locks: {
      ...healthy.locks,
      renew: (lease) => (outage ? away() : healthy.locks.renew(lease)),
      release: (lease) => (outage ? away() : healthy.locks.release(lease)),
    },
    // It never claims the stream back, so whatever comes after the outage is the other's.
    producer: { ...healthy.producer, candidates: async () => [] },
  });
  const [one, two] = await pair(t, { LOCK_TTL_MS: '1500' }, cutOff);
  const job = await start(one, 250, 10);
  await reached(two, job, 3);
  outage = true;
  const events = await finished(two, job);
  t.same(
    events.map(({ id, payload }) => [id, payload.seq]),
    NUMBERS(250).map((n) => [n, n]),
  );
  const nonces = events.map(({ payload }) => payload.nonce);
  t.equal(new Set(nonces).size, 2, 'both have produced');
  t.equal(nonces.filter((nonce, index) => nonce !== nonces[index - 1]).length, 2, 'one after the other');
});

t.test('a failed write is tried again from what is stored', async (t) => {
  let calls = 0;
  const flaky: Compose = (healthy) => ({
    ...healthy,
    store: {
      ...healthy.store,
      async append(...args) {
        calls += 1;
        if (calls === 2) throw new Error('not stored');
        const outcome = await healthy.store.append(...args);
        if (calls === 4) throw new Error('stored, but the answer was lost');
        return outcome;
      },
    },
  });
  const server = await serve(t, {}, flaky);
  const events = await finished(server, await start(server, 6, 1));
  t.same(
    events.map(({ id, payload }) => [id, payload.seq]),
    NUMBERS(6).map((n) => [n, n]),
  );
});
