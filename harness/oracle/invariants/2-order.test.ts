import t from 'tap';
import { HistoryBuilder } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();
const cut = { lineage: 'l', end: { by: 'fault', complete: false } } as const;
const repeats = { at_least_once: true };

t.test('ids increase within a subscription', async (t) => {
  t.equal(history().read([1, 2, 5]).say(2), 'true');
  t.equal(history().read([1]).say(2), 'unknown: not-exercised', 'one event has no order');
  t.equal(history().read([1, 1]).say(2), 'id-repeated 1');
  t.equal(history().read([1, 3, 2]).say(2), 'id-out-of-order 2');
  t.equal(history().read([9, 10, 100, 11]).say(2), 'id-out-of-order 11');
  t.equal(history().read([3, 4], { cursor: 3 }).say(2), 'id-before-cursor 3', 'the cursor is exclusive');
  t.equal(history().read([2], { cursor: 3 }).say(2), 'id-before-cursor 2');
  t.equal(
    history()
      .read([{ through: 5 }, 5])
      .say(2),
    'id-out-of-order 5',
    'what was signalled as gone comes no more',
  );
});

t.test('a gap that names no id moves nobody', async (t) => {
  t.equal(
    history()
      .read([1, { through: Number.NaN }, 2])
      .say(2),
    'true',
  );
  t.equal(
    history()
      .read([1, { through: Number.NaN }, 1])
      .say(2),
    'id-repeated 1',
  );
});

t.test('an id is a position', async (t) => {
  for (const id of [0, -1, 1.5, 2 ** 53, Number.NaN]) {
    t.match(history().read([{ id }]).say(2), /^id-not-a-position/, String(id));
  }
});

t.test('ids increase along a lineage', async (t) => {
  t.equal(history().read([1, 2], cut).read([3], { lineage: 'l', cursor: 2 }).say(2), 'true');
  t.equal(history().read([1, 2], cut).read([2, 3], { lineage: 'l', cursor: 2 }).say(2), 'id-repeated 2');
  t.equal(history().read([1, 2], cut).read([2], { lineage: 'l', cursor: 1 }).say(2), 'true', 'it asked for it again');
  t.equal(history().read([1, 2], cut).read([1, 2], { lineage: 'other' }).say(2), 'true', 'another client');
  t.equal(history().read([1, 2], cut).read([1, 2], { lineage: 'l', mode: 'snapshot' }).say(2), 'true');
});

t.test('a declared duplicate is legal after a reconnect only', async (t) => {
  t.equal(history().read([1, 1]).say(2, repeats), 'id-repeated 1', 'nothing was cut');
  t.equal(history().read([1, 2], cut).read([1, 2, 2, 3], { lineage: 'l', cursor: 2 }).say(2, repeats), 'true');
  t.equal(history().read([1, 2], cut).read([1, 2, 3], { lineage: 'l', cursor: 2 }).say(2), 'id-repeated 1');
  t.equal(history().read([2, 3], { cursor: 2 }).say(2, repeats), 'true', 'a cursor comes from an earlier connection');
  t.equal(
    history().read([1, 2], cut).read([3, 5, 4], { lineage: 'l', cursor: 2 }).say(2, repeats),
    'id-out-of-order 4',
    'a duplicate is what was there before, not what comes late',
  );
  t.equal(
    history().read([1, 2], cut).read([3, 3], { lineage: 'l', cursor: 2, mode: 'poll' }).say(2, repeats),
    'id-repeated 3',
    'one page is one answer',
  );
});
