import t from 'tap';
import type { HistoryRecord } from '../harness/history.ts';
import { TriggerWatch, type Trigger } from './triggers.ts';

const never = new AbortController().signal;

function append(op: string, stream: string): HistoryRecord {
  return {
    kind: 'append',
    at_ms: 0,
    op,
    stream,
    account_id: 'a',
    payloads: ['h'],
    terminal: false,
    intended_ms: 0,
    idempotency_key: null,
  };
}

function result(op: string, ids: number[], outcome: 'ok' | 'fail' = 'ok'): HistoryRecord {
  return { kind: 'append-result', at_ms: 0, op, outcome, ids };
}

function deliver(subscription: string, id: number): HistoryRecord {
  return { kind: 'deliver', at_ms: 0, subscription, id, payload: 'h', terminal: false, epoch: null, nonce: null };
}

function subscribe(subscription: string, stream: string): HistoryRecord {
  return { kind: 'subscribe', at_ms: 0, subscription, lineage: 'l', stream, account_id: 'a', mode: 'sse', cursor: 0 };
}

/** Which of the records made it fire, counted from 1; 0 when none did. */
async function firesAt(
  trigger: Trigger,
  records: readonly HistoryRecord[],
  watch = new TriggerWatch(),
): Promise<number> {
  const fired: boolean[] = [];
  void watch.when(trigger, never).then((value) => fired.push(value));
  for (const [index, record] of records.entries()) {
    watch.record(record);
    await new Promise((resolve) => setImmediate(resolve));
    if (fired.length > 0) return index + 1;
  }
  return 0;
}

const HISTORY: HistoryRecord[] = [
  append('1', 'first'),
  append('2', 'second'),
  result('2', [1, 2, 3]),
  result('1', [1]),
  append('3', 'first'),
  result('3', [], 'fail'),
  append('4', 'first'),
  subscribe('s', 'second'),
  result('4', [2, 3]),
  deliver('s', 2),
  deliver('s', 3),
  { kind: 'heal', at_ms: 0, fault: 'kill', target: 'x' },
];

const CASES: [Trigger, number][] = [
  [{ on: 'append', count: 1 }, 1],
  [{ on: 'append', count: 3 }, 5],
  [{ on: 'ack', stream: '#1', count: 1 }, 4],
  [{ on: 'ack', stream: '#1', count: 2 }, 9],
  [{ on: 'ack', stream: '#2', count: 2 }, 3],
  [{ on: 'ack', stream: 'second', count: 2 }, 3],
  [{ on: 'ack', stream: '#2', count: 4 }, 0],
  [{ on: 'ack', stream: '#3', count: 1 }, 0],
  [{ on: 'delivery', stream: '#2', id: 3 }, 11],
  [{ on: 'delivery', stream: '#1', id: 1 }, 0],
  [{ on: 'healed', count: 1 }, 12],
  [
    {
      on: 'sequence',
      of: [
        { on: 'delivery', stream: '#2', id: 2 },
        { on: 'append', count: 1 },
      ],
    },
    10,
  ],
];

for (const [trigger, at] of CASES) {
  t.test(JSON.stringify(trigger), async (t) => {
    t.equal(await firesAt(trigger, HISTORY), at);
  });
}

t.test('a label names a stream before the history does', async (t) => {
  const watch = new TriggerWatch();
  watch.label('mine', 'second');
  t.equal(await firesAt({ on: 'ack', stream: 'mine', count: 1 }, HISTORY, watch), 3);
});

t.test('the owner of a lease is asked for until it is the one', async (t) => {
  const owners = [null, { instance: 0, epoch: 1 }, { instance: 2, epoch: 2 }];
  const asked: string[] = [];
  const watch = new TriggerWatch({
    ownerOf: async (stream) => {
      asked.push(stream);
      return owners.shift() ?? null;
    },
  });
  const fired = watch.when({ on: 'owner', stream: '#1', instance: 2 }, never);
  watch.record(append('1', 'first'));
  t.equal(await fired, true);
  t.same(asked, ['first', 'first', 'first']);
});

t.test('what has held already fires at once; what never comes ends with the run', async (t) => {
  const watch = new TriggerWatch();
  for (const record of HISTORY) watch.record(record);
  t.equal(await watch.when({ on: 'append', count: 2 }, never), true);
  t.equal(await watch.when({ on: 'elapsed', after_ms: 1 }, never), true);
  const over = new AbortController();
  const waits = (
    [
      { on: 'append', count: 99 },
      { on: 'elapsed', after_ms: 60_000 },
      { on: 'owner', stream: '#1', instance: 1 },
    ] as const
  ).map((trigger) => watch.when(trigger, over.signal));
  over.abort();
  t.same(await Promise.all(waits), [false, false, false]);
  t.equal(await watch.when({ on: 'append', count: 99 }, over.signal), false);
});
