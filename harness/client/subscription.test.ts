import { once } from 'node:events';
import t from 'tap';
import { DialectError, type Reading } from '../dialects/dialect.ts';
import type { SseItem } from './sse-event.ts';
import { subscribe, type SubscriptionListeners, type SubscriptionOptions } from './subscription.ts';
import { rawServer, type Peer } from './test-support/raw-server.ts';

const STREAM_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n';
/** Longer than any test may take: a wait that only its bound ends hangs the test. */
const LONG_MS = 2_000_000_000;

/** Reads `data` as a position; `bad` is an answer the dialect does not know. */
function readItem(item: SseItem): Reading {
  if (item.kind === 'comment') return { kind: 'heartbeat' };
  if (item.kind === 'silent') return { kind: 'other' };
  if (item.data === 'bad') throw new DialectError('not a number');
  const event = { id: Number(item.data), ts: null, type: item.type, payload: 'null', terminal: false };
  return { kind: 'event', event: { ...event, epoch: null, nonce: null }, cursor: item.last_event_id };
}

interface Stage extends AsyncDisposable {
  readonly subscribe: (
    options?: Partial<SubscriptionOptions>,
    listeners?: SubscriptionListeners,
  ) => ReturnType<typeof subscribe>;
  /** The subscription's connection, once its request is there. */
  readonly peer: Promise<Peer>;
}

async function stage(head = STREAM_HEAD): Promise<Stage> {
  let arrived: (peer: Peer) => void = () => undefined;
  const peer = new Promise<Peer>((resolve) => (arrived = resolve));
  const server = await rawServer(async (connection) => {
    await connection.head();
    connection.socket.write(head);
    arrived(connection);
  });
  return {
    peer,
    subscribe: (options = {}, listeners = {}) => {
      const request = { method: 'GET', path: '/stream' };
      return subscribe({ base: server.url, request, lineage: 'reader', dialect: { readItem }, ...options }, listeners);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

t.test('what comes is kept as items, readings and events, in step', async (t) => {
  await using scene = await stage();
  const seen: string[] = [];
  const listeners: SubscriptionListeners = {
    onHead: ({ status }) => seen.push(`head ${status}`),
    onReading: ({ kind }, item) => seen.push(`${kind} at ${item.start_offset}`),
    onEnd: ({ end }) => seen.push(`end ${end}`),
  };
  await using subscription = scene.subscribe({}, listeners);
  t.equal(subscription.last_event_id, '', 'no cursor before the first id');
  t.match(await subscription.opened, { status: 200 });
  const { socket } = await scene.peer;
  socket.end(': beat\n\nid: 7\ndata: 7\n\ndata: bad\n\ndata: 9\n\nid: 8\n\nid: 10\ndata: 10\n');
  const exchange = await subscription.finished(LONG_MS);
  t.strictSame(
    subscription.items.map(({ kind }) => kind),
    ['comment', 'event', 'event', 'event', 'silent'],
  );
  t.strictSame(
    subscription.readings.map(({ kind }) => kind),
    ['heartbeat', 'event', 'error', 'event', 'other'],
  );
  t.match(subscription.readings[2], { message: 'not a number' });
  t.strictSame(
    subscription.events.map(({ id }) => id),
    [7, 9],
  );
  t.strictSame(subscription.received_ms, [subscription.items[1]?.at_ms, subscription.items[3]?.at_ms]);
  t.equal(subscription.last_event_id, '8', 'the id-only block moved it, the unfinished block did not');
  t.equal(subscription.end, 'complete');
  t.equal(subscription.bytes_received, exchange.body.length);
  t.strictSame(seen, [
    'head 200',
    ...['heartbeat at 0', 'event at 8', 'error at 23', 'event at 34', 'other at 43'],
    'end complete',
  ]);
});

t.test('what a server sends of its own, without an id, is read and is no event of the stream', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  const { socket } = await scene.peer;
  socket.end('data: 0\n\nid: 1\ndata: 1\n\n');
  await subscription.finished(LONG_MS);
  t.equal(subscription.readings.length, 2);
  t.match(subscription.events, [{ id: 1 }]);
  t.strictSame(subscription.received_ms, [subscription.items[1]?.at_ms]);
});

t.test('until holds as soon as the item is there, and does not wait for more', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  const { socket } = await scene.peer;
  const counts: number[] = [];
  const two = subscription.until(({ events }) => {
    counts.push(events.length);
    return events.length >= 2;
  }, LONG_MS);
  socket.write('data: 1\n\ndata: 2\n\ndata: 3\n\n');
  t.equal(await two, true);
  t.ok(counts.includes(2) && !counts.includes(3), 'looked at after every item, and never again once it held');
  t.equal(await subscription.until(({ events }) => events.length >= 2, 0), true, 'what holds already needs no time');
});

t.test('until is false when its bound passes, or when nothing more can come', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  t.equal(await subscription.until(() => false, 5), false);
  const never = subscription.until(() => false, LONG_MS);
  const ended = subscription.until(({ end }) => end === 'complete', LONG_MS);
  (await scene.peer).socket.end();
  t.equal(await never, false);
  t.equal(await ended, true, 'the end itself is looked at');
  t.equal(await subscription.until(() => false, LONG_MS), false);
  t.equal(await subscription.until(({ end }) => end !== null, LONG_MS), true);
});

t.test('a predicate that throws rejects its own until alone', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  await t.rejects(
    subscription.until(() => {
      throw new TypeError('mine');
    }, LONG_MS),
    { message: 'mine' },
  );
  t.equal(await subscription.until(({ end }) => end === null, LONG_MS), true);
});

t.test('only 200 with the event stream type is read as a stream', async (t) => {
  const NOT_STREAMS = [
    'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 404 Not Found\r\nContent-Type: text/event-stream\r\n\r\n',
  ];
  for (const head of NOT_STREAMS) {
    await using scene = await stage(head);
    await using subscription = scene.subscribe();
    (await scene.peer).socket.end('data: 1\n\n');
    const exchange = await subscription.finished(LONG_MS);
    t.strictSame(subscription.items, [], head);
    t.equal(exchange.body.toString(), 'data: 1\n\n', 'and is kept all the same');
  }
});

t.test('finished gives up at its bound and says that it was a deadline', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  await subscription.opened;
  t.match(await subscription.finished(5), { end: 'timeout', error: 'TIMEOUT_FINISH', status: 200 });
});

t.test('close and disposal end the connection', async (t) => {
  await using scene = await stage();
  const subscription = scene.subscribe();
  const { socket } = await scene.peer;
  await subscription.opened;
  const gone = once(socket, 'close');
  t.match(await subscription.close(), { end: 'aborted' });
  await gone;
  t.match(await subscription.close(), { end: 'aborted' }, 'twice is once');
});

t.test('what is left of a chunk after it was closed is not received', async (t) => {
  await using scene = await stage();
  const read: number[] = [];
  const subscription = scene.subscribe(
    {},
    {
      onReading: (reading) => {
        if (reading.kind === 'event') read.push(reading.event.id);
        void subscription.close();
      },
    },
  );
  (await scene.peer).socket.write('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n');
  await subscription.finished(LONG_MS);
  t.strictSame(read, [1]);
  t.equal(subscription.last_event_id, '1');
});

t.test('a subscription that would have to forget ends instead', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe({ max_kept_bytes: 100 });
  (await scene.peer).socket.write('data: 1\n\n'.repeat(20));
  t.match(await subscription.finished(LONG_MS), { end: 'aborted', error: 'RECEIVED_TOO_MUCH' });
});

t.test('a block without end is cut off', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  const { socket } = await scene.peer;
  socket.write(`data: ${'x'.repeat(9 * 1024 * 1024)}`);
  t.match(await subscription.finished(LONG_MS), { end: 'aborted', error: 'BLOCK_TOO_LARGE' });
});

t.test('a stalled subscription receives when it reads on', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  subscription.stall();
  (await scene.peer).socket.write('data: 1\n\n');
  await subscription.opened;
  t.equal(await subscription.until(({ items }) => items.length > 0, 20), false);
  subscription.resume();
  t.equal(await subscription.until(({ items }) => items.length > 0, LONG_MS), true);
});

t.test('what came in time counts, although this process was too late to look', async (t) => {
  await using scene = await stage();
  await using subscription = scene.subscribe();
  await subscription.opened;
  const { socket } = await scene.peer;
  const within_ms = 20;
  const came = subscription.until(({ events }) => events.length > 0, within_ms);
  socket.write('id: 7\ndata: 7\n\n');
  // Nothing is read meanwhile, and the bound has passed when it goes on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * within_ms);
  t.equal(await came, true);
});
