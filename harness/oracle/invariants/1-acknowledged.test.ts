import t from 'tap';
import type { HistoryRecord } from '../../history.ts';
import { event, HistoryBuilder } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();

t.test('acknowledged events that arrive', async (t) => {
  t.equal(history().events(1, 3).read([1, 2, 3]).say(1), 'true');
  t.equal(history().read([1, 2], { end: null }).events(1, 2).say(1), 'true', 'the acknowledgement may come later');
  t.equal(history().append(['e1', 'e2'], [1, 2]).read([1, 2]).say(1), 'true', 'a batch');
  t.equal(history().events(1, 3).say(1), 'unknown: not-exercised', 'nobody read');
  t.equal(history().read([1, 2, 3]).say(1), 'unknown: not-exercised', 'nothing was appended');
});

t.test('eligible is what lies after the cursor, whenever the reader came', async (t) => {
  t.equal(history().events(1, 4).read([3, 4], { cursor: 2 }).say(1), 'true');
  t.equal(history().events(1, 4).read([4], { cursor: 2 }).say(1), 'acknowledged-event-lost 3');
  t.equal(history().events(1, 4).read([2, 3, 4]).say(1), 'acknowledged-event-lost 1');
});

t.test('a reader that was cut is owed nothing, its next subscription goes on', async (t) => {
  const cut = { lineage: 'l', end: { by: 'fault', complete: false } } as const;
  t.equal(history().events(1, 5).read([1, 2], cut).read([3, 4, 5], { lineage: 'l', cursor: 2 }).say(1), 'true');
  t.equal(history().events(1, 5).read([1, 2], cut).say(1), 'true', 'and when it never came back');
  t.equal(
    history().events(1, 5).read([1, 2], cut).read([4, 5], { lineage: 'l', cursor: 2 }).say(1),
    'acknowledged-event-lost 3',
  );
  t.equal(history().events(1, 3).read([1, 3], cut).say(1), 'acknowledged-event-lost 2', 'what it skipped is lost');
});

t.test('a skipped id is a loss once it is known to exist', async (t) => {
  t.equal(history().append(['e1'], [1]).read([1, 3]).say(1), 'true', 'ids may have holes');
  t.equal(history().append(['e1'], [1]).read([1, 3]).read([1, 2, 3]).say(1), 'event-lost 2', 'another reader got it');
  t.equal(history().read([1, 3], { end: null }).events(1, 3).say(1), 'acknowledged-event-lost 2', 'acknowledged later');
});

t.test('a signalled gap is no loss', async (t) => {
  t.equal(
    history()
      .events(1, 5)
      .read([1, { through: 3 }, 4, 5])
      .say(1),
    'true',
  );
  t.equal(
    history()
      .events(1, 5)
      .read([1, 4, { through: 3 }, 5])
      .say(1),
    'true',
    'late, but signalled',
  );
  t.equal(
    history()
      .events(1, 6)
      .read([1, { through: 3 }, 6])
      .say(1),
    'acknowledged-event-lost 4',
    'beyond it',
  );
});

t.test('a gap told late to one reader excuses no other', async (t) => {
  const late = (through: number): HistoryRecord => ({ kind: 'gap', at_ms: 99, subscription: 'r9', through });
  const both = (): HistoryBuilder => history().events(1, 8).read([1, 2, 3, 8], { end: null }).read([1, 2, 3, 8]);
  t.equal(both().add(late(7)).say(1), 'acknowledged-event-lost 4', 'who skipped the same was never told');
  t.equal(both().add(late(7)).verdict(1).witness?.subscription, 'r10');
  t.equal(
    both()
      .add(late(7))
      .add({ ...late(7), subscription: 'r10' } as HistoryRecord)
      .say(1),
    'true',
    'until the last is told',
  );
  t.equal(
    both()
      .add(late(7))
      .say(1, {}, { limits: { skipping_readers: 0 } }),
    'unknown: too-many-skipped-ranges',
    'beyond the bound nobody knows who was told',
  );
  t.equal(
    history()
      .events(1, 10)
      .read([1, 2, 3, 8, 9, 10])
      .read([1, 2, 3, 10, { through: 9 }])
      .say(1),
    'acknowledged-event-lost 4',
    'who skipped more was told, not who skipped less',
  );
});

t.test('an empty page, a snapshot and a settled reader show the tail', async (t) => {
  const old = (): HistoryBuilder => history().events(1, 3).read([1, 2, 3]).wait(200);
  t.equal(old().read([], { mode: 'poll', cursor: 2 }).say(1), 'acknowledged-event-lost 3');
  t.equal(old().read([], { mode: 'long-poll', cursor: 2 }).say(1), 'acknowledged-event-lost 3');
  t.equal(old().read([], { mode: 'poll', cursor: 3 }).say(1), 'true');
  t.equal(old().read([1], { mode: 'poll' }).say(1), 'true', 'a page may be full');
  t.equal(old().read([1, 2], { mode: 'snapshot' }).say(1), 'acknowledged-event-lost 3');
  t.equal(
    old()
      .read([], { mode: 'poll', cursor: 2, end: { complete: false } })
      .say(1),
    'true',
    'it was cut',
  );
  const settled = (open_ms: number): string =>
    old()
      .read([1, 2], { open_ms, end: { by: 'client' } })
      .say(1);
  t.equal(settled(200), 'acknowledged-event-lost 3');
  t.equal(settled(10), 'true', 'it did not wait long enough to say');
});

t.test('freshness is owed only recovery_ms after the acknowledgement and after the last fault', async (t) => {
  const read = (more: (history: HistoryBuilder) => HistoryBuilder): string =>
    more(history().events(1, 3).read([1, 2, 3]))
      .read([], { mode: 'poll', cursor: 2 })
      .say(1);
  const fault = (kind: 'fault' | 'heal') => (history: HistoryBuilder) =>
    history.add({ kind, at_ms: history.tick(), fault: 'pause', target: '1' });
  t.equal(
    read((h) => h),
    'true',
    'just acknowledged',
  );
  t.equal(
    read((h) => h.wait(200)),
    'acknowledged-event-lost 3',
  );
  t.equal(
    read((h) => fault('fault')(h).wait(200)),
    'true',
    'the fault is still active',
  );
  t.equal(
    read((h) => fault('heal')(fault('fault')(h).wait(200)).wait(20)),
    'true',
    'just healed',
  );
  t.equal(
    read((h) => fault('heal')(fault('fault')(h)).wait(200)),
    'acknowledged-event-lost 3',
  );
});

t.test('a complete final read has everything that was known when it began', async (t) => {
  const read = (): HistoryBuilder => history().events(1, 4).read([1, 2], { end: null });
  t.equal(read().read([1, 2, 3, 4], { mode: 'final' }).say(1), 'true');
  t.equal(read().read([1, 2, 3], { mode: 'final' }).say(1), 'acknowledged-event-lost 4');
  t.equal(
    read()
      .read([1, 2, 3], { mode: 'final', end: { complete: false } })
      .say(1),
    'true',
    'unfinished',
  );
  const paged = (second: readonly number[]): string =>
    read()
      .read([1, 2], { mode: 'final', lineage: 'f' })
      .read(second, { mode: 'final', lineage: 'f', cursor: 2 })
      .read([], { mode: 'final', lineage: 'f', cursor: second.at(-1) ?? 2 })
      .say(1);
  t.equal(paged([3, 4]), 'true');
  t.equal(paged([3]), 'acknowledged-event-lost 4');
  t.equal(paged([4]), 'acknowledged-event-lost 3');
  const pruned = (last: readonly number[]): string =>
    history()
      .events(1, 4)
      .read([{ through: 2 }], { mode: 'final', lineage: 'f', cursor: 1, end: { complete: false } })
      .read(last, { mode: 'final', lineage: 'f', cursor: 2 })
      .read([1, 2, 3, 4])
      .say(1);
  t.equal(pruned([3, 4]), 'true', 'a page that only tells what is gone');
  t.equal(pruned([3]), 'acknowledged-event-lost 4');
  t.equal(read().read([1, 2, 3, 4], { mode: 'final', end: null }).append(['e5'], [5]).say(1), 'true', 'appended after');
});

t.test('of a bounded history the newest are kept, and the start may be missing', async (t) => {
  const kept = { history_limit: 3 };
  const ten = (): HistoryBuilder => history().events(1, 10).wait(200);
  t.equal(ten().read([8, 9, 10], { mode: 'snapshot' }).say(1, kept), 'true');
  t.equal(ten().read([5, 6, 7, 8, 9, 10], { mode: 'snapshot' }).say(1, kept), 'true', 'more than promised');
  t.equal(ten().read([9, 10], { mode: 'snapshot' }).say(1, kept), 'acknowledged-event-lost 8');
  t.equal(ten().read([9, 10], { mode: 'snapshot' }).say(1), 'acknowledged-event-lost 1', 'nothing may be missing');
  t.equal(ten().read([8, 10], { mode: 'snapshot' }).say(1, kept), 'acknowledged-event-lost 9');
  t.equal(ten().read([8, 9, 10], { cursor: 4 }).say(1, kept), 'acknowledged-event-lost 5', 'a cursor is told');
  t.equal(
    ten()
      .read([{ through: 7 }, 8, 9, 10], { cursor: 4 })
      .say(1, kept),
    'true',
  );
  t.equal(ten().read([8, 9, 10], { mode: 'final' }).say(1, kept), 'true');
  t.equal(ten().read([9, 10], { mode: 'final' }).say(1, kept), 'acknowledged-event-lost 8');
  t.equal(
    ten()
      .read([5], { end: { complete: false } })
      .say(1, kept),
    'true',
    'cut before it showed where the tail is',
  );
});

t.test('the ids of an acknowledgement hold exactly its payloads', async (t) => {
  t.equal(
    history()
      .append(['a', 'b'], [1, 2])
      .read([{ id: 1, payload: 'b' }])
      .say(1),
    'ack-other-payload 1',
  );
  t.equal(
    history()
      .read([{ id: 1, payload: 'b' }])
      .append(['a'], [1])
      .say(1),
    'ack-other-payload 1',
    'in any order',
  );
  t.equal(history().append(['a', 'b'], [1]).say(1), 'ack-count 1');
  t.equal(history().append(['a', 'b'], [1, 3]).say(1), 'ack-not-contiguous 3');
  t.equal(history().append(['a', 'b'], [2, 1]).say(1), 'ack-not-contiguous 1');
  t.equal(history().append(['a'], [1]).append(['b'], [1]).say(1), 'id-given-twice 1');
  t.equal(
    history().append(['a'], [1]).append(['a'], [1]).say(1),
    'id-given-twice 1',
    'one event cannot be two appends',
  );
});

t.test('attempts under one key are one append', async (t) => {
  const key = { idempotency_key: 'k' };
  const seen = [{ id: 1, payload: 'a' }];
  t.equal(history().append(['a'], [1], key).append(['a'], [1], key).read(seen).say(1), 'true');
  t.equal(history().append(['a'], 'unknown', key).append(['a'], [1], key).read(seen).say(1), 'true');
  t.equal(history().append(['a'], 'fail', key).append(['a'], [1], key).read(seen).say(1), 'true');
  t.equal(history().append(['a'], [1], key).append(['a'], 'fail', key).read(seen).say(1), 'true');
  t.equal(history().append(['a'], [1], key).append(['b'], 'fail', key).read(seen).say(1), 'true', 'another body: 409');
  t.equal(history().append(['a'], [1], key).append(['a'], [2], key).say(1), 'retry-other-ids 2');
  t.equal(
    history()
      .append(['a'], 'unknown', key)
      .append(['a'], [2], key)
      .read([
        { id: 1, payload: 'a' },
        { id: 2, payload: 'a' },
      ])
      .say(1),
    'append-stored-twice 1',
  );
  const late = (ids: readonly number[]): HistoryBuilder =>
    history().append(['a'], [1], key).wait(9000).append(['a'], ids, key);
  t.equal(
    late([2])
      .read([...seen, { id: 2, payload: 'a' }])
      .say(1),
    'true',
    'the key may be forgotten by then',
  );
  t.equal(late([1]).read(seen).say(1), 'true', 'or not');
  t.equal(
    history().append(['a'], [1], key).append(['a'], [2], key).read(seen).say(1, { idempotency_ms: null }),
    'true',
  );
  const other = { ...key, account_id: 'other' };
  t.equal(
    history().append(['a'], [1], key).append(['a'], [1], other).say(1),
    'id-given-twice 1',
    'a key is of one account',
  );
});

t.test('unknown appends appear once or not at all, failed ones never', async (t) => {
  const known = (): HistoryBuilder => history().append(['x'], [1]);
  const read = (history: HistoryBuilder, ...payloads: readonly string[]): string =>
    history.read(payloads.map((payload, index) => ({ id: index + 1, payload }))).say(1);
  for (const outcome of ['unknown', 'pending'] as const) {
    t.equal(read(known().append(['a'], outcome), 'x'), 'true');
    t.equal(read(known().append(['a'], outcome), 'x', 'a'), 'true');
    t.equal(read(known().append(['a'], outcome), 'x', 'a', 'a'), 'unknown-append-twice 3');
    t.equal(read(known().append(['a'], outcome).append(['a'], outcome), 'x', 'a', 'a'), 'true', 'two were sent');
  }
  t.equal(read(known().append(['a'], 'fail'), 'x'), 'true');
  t.equal(read(known().append(['a'], 'fail'), 'x', 'a'), 'failed-append-stored 2');
  t.equal(read(known().append(['a'], 'fail').append(['a'], [2]), 'x', 'a'), 'true', 'the second one was stored');
  t.equal(read(known(), 'x', 'x'), 'append-stored-twice 2');
  t.equal(read(known(), 'x', 'server'), 'true', 'a server may write events of its own');
  t.equal(read(known().append(['a'], []), 'x', 'a'), 'true', 'acknowledged without an id');
});

t.test('an unknown batch is there whole, in one piece, or not at all', async (t) => {
  const batch = (): HistoryBuilder => history().append(['x'], [1]).append(['a', 'b', 'c'], 'unknown');
  const read = (...payloads: readonly string[]): string =>
    batch()
      .read(
        payloads.map((payload, index) => ({ id: index + 1, payload })),
        { mode: 'final' },
      )
      .say(1);
  t.equal(read('x', 'a', 'b', 'c'), 'true');
  t.equal(read('x'), 'true');
  t.equal(read('x', 'a', 'b'), 'unknown-append-torn 2', 'its tail is missing');
  t.equal(read('x', 'b', 'c'), 'unknown-append-torn 2', 'its head is missing');
  t.equal(read('x', 'a', 'y', 'b', 'c'), 'unknown-append-torn 2', 'something came between');
  t.equal(read('x', 'b', 'a', 'c'), 'unknown-append-torn 3', 'out of order');
  const part = batch().read(
    [
      { id: 1, payload: 'x' },
      { id: 2, payload: 'a' },
    ],
    { end: null },
  );
  t.equal(part.say(1), 'true', 'the rest may be on its way');
});

t.test('the witness is what one needs to see', async (t) => {
  const { witness } = history()
    .events(1, 9)
    .read([1, 2, 3, 4, 5, 6, 7, 8, 9])
    .read([1, 2, 3, 5, 6], { lineage: 'l' })
    .verdict(1);
  if (witness === null) throw new Error('no witness');
  t.equal(witness.subscription, 'r11');
  t.equal(
    witness.message,
    'expected event 4 of s (acknowledged) to reach r11 or a gap to be signalled, observed event 5 came without it',
  );
  t.strictSame(
    witness.records.map((record) =>
      'id' in record ? `${record.kind} ${record.id ?? ''} ${record.subscription}` : record.kind,
    ),
    ['append', 'append-result', 'subscribe', 'deliver 4 r10', 'subscribe', 'deliver 3 r11', 'deliver 5 r11', 'end'],
  );
  t.match(
    witness.waterfall.filter(({ id, lane }) => id === 4 && lane !== 'r10'),
    [
      { lane: 'sent', mark: 'ok' },
      { lane: 'acked', mark: 'ok' },
      { lane: 'r11', mark: 'missing' },
    ],
  );
  t.equal(event(4), 'e4');
});
