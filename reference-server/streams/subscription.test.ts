import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import t from 'tap';
import type { StreamEvent } from '../../spec/wire.ts';
import type { Block, Link, Seams } from '../seams.ts';
import type { Job, Page } from '../stores/store.ts';
import { blockOf, createEncoder } from './sse-frame.ts';
import { createSubscriptionPolicy } from './subscription-policy.ts';
import { Subscription } from './subscription.ts';
import { Topic } from './topic.ts';

const TIMES = { stall_limit_ms: 1000, heartbeat_ms: 400, tick_ms: 100 };

function event(id: number, type = 'x'): StreamEvent {
  return { id, ts: id, type, payload_json: `{"text":"${'y'.repeat(100)}"}` };
}
function events(from: number, to: number): StreamEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
}

/** One reader on a wire that takes a write only when the test says so. */
class Bench {
  readonly log: StreamEvent[];
  readonly first_kept: number;
  /** Events of one read, at most. */
  readonly most: number;
  reads = 0;
  gone = false;
  failing: boolean;
  sent: Block[] = [];
  ended = false;
  closed = 0;
  stalls = 0;
  /** The write under way. */
  pending: ((error?: Error | null) => void) | null = null;
  readonly socket = Object.assign(new EventEmitter(), {
    destroyed: false,
    writableLength: 0,
    destroy: () => {
      this.destroy();
    },
  });
  readonly topic: Topic;
  readonly subscription: Subscription;

  constructor(
    history: StreamEvent[],
    after: number,
    { hot_tail_events = 4, failing = false, first_kept = 1, most = Infinity } = {},
  ) {
    this.log = history;
    this.first_kept = first_kept;
    this.most = most;
    this.failing = failing;
    const seams = {
      encoder: createEncoder(0),
      replay: { read: (_job: string, cursor: number, limit: number) => this.read(cursor, limit) },
      wire: {
        open: () => undefined,
        send: (_link: Link, block: Block, done: (error?: Error | null) => void) => {
          if (this.pending !== null) throw new Error('two writes at once');
          this.sent.push(block);
          this.pending = done;
        },
        end: () => {
          this.ended = true;
        },
      },
      subscription: createSubscriptionPolicy(TIMES),
    } satisfies Pick<Seams, 'encoder' | 'replay' | 'wire' | 'subscription'>;
    const options = { hot_tail_events, encoded: () => undefined, delivered: () => undefined, failed: () => undefined };
    this.topic = new Topic(seams, this.job(), options, () => undefined);
    const link: Link = {
      job_id: 'j',
      principal: { account_id: 'a', api_key_id: 'k', ticket_job_id: null },
      response: new EventEmitter() as unknown as ServerResponse,
      socket: this.socket as unknown as Socket,
      chunked: false,
    };
    this.subscription = new Subscription(seams, this.topic, link, after, 0, {
      caughtUp: () => undefined,
      lagging: () => undefined,
      stalled: () => {
        this.stalls += 1;
      },
      closed: () => {
        this.closed += 1;
      },
    });
    this.subscription.start();
  }

  destroy(): void {
    this.socket.destroyed = true;
    this.socket.emit('close');
  }

  job(): Job {
    const base = { job_id: 'j', account_id: 'a', client_id: null, application_id: null, synthetic: null };
    const times = { created_at_ms: 0, updated_at_ms: 0, epoch: 0, status: 'running' as const };
    return { ...base, ...times, first_kept_id: this.first_kept, last_event_id: this.log.length };
  }

  async read(after: number, limit: number): Promise<Page | null> {
    this.reads += 1;
    if (this.failing) throw new Error('the store is away');
    if (this.gone) return null;
    const kept = this.log.filter(({ id }) => id > after && id >= this.first_kept);
    return { job: this.job(), events: kept.slice(0, Math.min(limit, this.most)) };
  }

  append(...more: StreamEvent[]): void {
    this.log.push(...more);
    this.topic.accept(more);
  }

  /** Lets everything that is due happen, taking up to `writes` writes. */
  async settle(writes = Infinity): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise(setImmediate);
      if (this.pending !== null && writes > 0) {
        writes -= 1;
        this.take();
      }
    }
  }

  take(error: Error | null = null): void {
    const done = this.pending;
    this.pending = null;
    done?.(error);
  }

  get ids(): number[] {
    const text = this.sent.map(({ body }) => body.toString()).join('');
    return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  }
}

const ids = (from: number, to: number): number[] => events(from, to).map(({ id }) => id);

t.test('replay and live are one loop: nothing is lost or doubled where they meet', async (t) => {
  const bench = new Bench(events(1, 300), 0);
  await bench.settle(1);
  bench.append(event(301));
  await bench.settle(1);
  bench.append(event(302), event(303));
  await bench.settle();
  t.same(bench.ids, ids(1, 303));
  bench.append(event(304));
  await bench.settle();
  t.same(bench.ids, ids(1, 304));
});

t.test('it starts after the cursor, wherever that is', async (t) => {
  for (const after of [0, 1, 126, 127, 128, 129, 199, 200]) {
    const bench = new Bench(events(1, 200), after);
    await bench.settle();
    t.same(
      bench.ids,
      ids(after + 1, 200).filter((id) => id <= 200),
      `after ${after}`,
    );
  }
});

t.test('it stops reading while the socket is full', async (t) => {
  const bench = new Bench(events(1, 10), 0, { hot_tail_events: 100 });
  await bench.settle(0);
  const reads = bench.reads;
  for (let id = 11; id <= 2000; id += 1) bench.append(event(id));
  await bench.settle(0);
  t.equal(bench.sent.length, 1, 'one write under way, nothing queued');
  t.equal(bench.reads, reads, 'and nothing read for it');
  await bench.settle();
  await bench.settle();
  t.same(bench.ids, ids(1, 2000));
});

t.test('appends that arrive out of order are read from the store', async (t) => {
  const bench = new Bench(events(1, 2), 2);
  await bench.settle();
  bench.log.push(event(3), event(4));
  bench.topic.accept([event(4)]);
  await bench.settle();
  bench.topic.accept([event(3)]);
  await bench.settle();
  t.same(bench.ids, [3, 4]);
});

t.test('news is read to its end where events are so large that pages end early', async (t) => {
  const bench = new Bench(events(1, 2), 2, { most: 2 });
  await bench.settle();
  bench.log.push(...events(3, 9));
  bench.topic.refresh();
  await bench.settle();
  t.same(bench.ids, ids(3, 9));
});

t.test('a store that fails is read again at the next refresh', async (t) => {
  const bench = new Bench(events(1, 50), 0, { failing: true });
  await bench.settle();
  t.same(bench.ids, []);
  bench.failing = false;
  bench.topic.refresh();
  await bench.settle();
  t.same(bench.ids, ids(1, 50));
});

t.test('what was pruned before the reader came to it is told', async (t) => {
  const bench = new Bench(events(1, 100), 10, { first_kept: 61 });
  await bench.settle();
  t.match(bench.sent[0]?.body.toString(), 'event: gap\ndata: {"earliest":61}\n\n');
  t.same(bench.ids, ids(61, 100));
});

t.test('the terminal event ends the message once it was taken, and nothing follows', async (t) => {
  const bench = new Bench([event(1), event(2, 'done')], 0);
  await bench.settle(0);
  t.notOk(bench.ended, 'not before its bytes have left');
  await bench.settle();
  t.ok(bench.ended);
  t.equal(bench.closed, 1);
  bench.append(event(3));
  await bench.settle();
  t.same(bench.ids, [1, 2]);
});

t.test('a removed stream ends, and one that is drained gets its notice first', async (t) => {
  const removed = new Bench(events(1, 2), 2);
  await removed.settle();
  removed.gone = true;
  removed.topic.refresh();
  await removed.settle();
  t.ok(removed.ended);
  t.same(removed.sent, []);

  const drained = new Bench(events(1, 2), 0);
  await drained.settle(0);
  drained.subscription.finish(blockOf('notice', 'retry: 5\n\n'));
  t.equal(drained.sent.length, 1, 'after what is under way');
  await drained.settle();
  t.equal(drained.sent.at(-1)?.body.toString(), 'retry: 5\n\n');
  t.ok(drained.ended);
  t.equal(drained.socket.listenerCount('close'), 0, 'its connection may live on');
});

t.test('a reader that takes nothing is cut at the stall limit, and an idle one never', async (t) => {
  const stalled = new Bench(events(1, 2), 0);
  stalled.socket.writableLength = 400;
  await stalled.settle(0);
  for (let now_ms = 0; now_ms < 1000; now_ms += 100) stalled.subscription.tick(now_ms);
  t.equal(stalled.stalls, 0);
  stalled.subscription.tick(1000);
  t.equal(stalled.stalls, 1);
  t.ok(stalled.socket.destroyed);
  t.equal(stalled.closed, 1);
  t.ok(
    stalled.sent.every(({ kind }) => kind === 'frame'),
    'no heartbeat inside a frame',
  );

  const idle = new Bench(events(1, 2), 2);
  for (let now_ms = 0; now_ms <= 20_000; now_ms += 100) {
    idle.subscription.tick(now_ms);
    idle.take();
  }
  t.equal(idle.stalls, 0);
  t.equal(idle.closed, 0);
});

t.test('a trickle is no progress, 4 KiB are', async (t) => {
  const large = { ...event(1), payload_json: `"${'z'.repeat(100_000)}"` };
  for (const [per_tick, cut] of [
    [10, true],
    [4096, false],
  ] as const) {
    const bench = new Bench([large], 0);
    await bench.settle(0);
    bench.socket.writableLength = 100_000;
    for (let now_ms = 0; now_ms <= 2000; now_ms += 100) {
      bench.subscription.tick(now_ms);
      bench.socket.writableLength -= per_tick;
    }
    t.equal(bench.stalls, cut ? 1 : 0, `${per_tick} bytes a tick`);
  }
});

t.test('heartbeats come on an idle stream within 1.5 intervals, and not on a busy one', async (t) => {
  const bench = new Bench(events(1, 2), 2);
  await bench.settle();
  const beats: number[] = [];
  for (let now_ms = 0; now_ms <= 4000; now_ms += 100) {
    bench.subscription.tick(now_ms);
    if (bench.pending !== null) beats.push(now_ms);
    bench.take();
  }
  const gaps = beats.map((at_ms, index) => at_ms - (beats[index - 1] ?? 0));
  t.ok(beats.length >= 6 && gaps.every((gap_ms) => gap_ms <= 600), gaps.join());
  t.ok(bench.sent.every(({ kind }) => kind === 'heartbeat'));

  const busy = new Bench(events(1, 2), 2);
  for (let now_ms = 0; now_ms <= 2000; now_ms += 100) {
    busy.append(event(busy.log.length + 1));
    await busy.settle();
    busy.subscription.tick(now_ms);
  }
  t.ok(busy.sent.every(({ kind }) => kind === 'frame'));
});

t.test('a reader whose connection closes between two writes is let go', async (t) => {
  const bench = new Bench(events(1, 2), 0);
  await bench.settle();
  bench.destroy();
  t.equal(bench.closed, 1);
  t.equal(bench.socket.listenerCount('close'), 0);
});

t.test('a connection that fails is let go once', async (t) => {
  const bench = new Bench(events(1, 2), 0);
  await bench.settle(0);
  bench.take(new Error('ECONNRESET'));
  bench.destroy();
  bench.append(event(3));
  await bench.settle();
  t.equal(bench.closed, 1);
  t.equal(bench.sent.length, 1);
});
