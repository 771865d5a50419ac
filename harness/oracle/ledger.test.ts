import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Budget } from './budget.ts';
import { payloadHash } from './canonical-json.ts';
import { differ, Ledger, PayloadKeys } from './ledger.ts';

const plenty = (): Budget => new Budget(1_000_000, () => assert.fail('exceeded'));

t.test('it remembers the first payload of each kind and the first time, by id', async () => {
  const id = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
  const note = fc.record({ id, payload: fc.nat(5), at_ms: fc.nat(1000), appended: fc.boolean() });
  fc.assert(
    fc.property(fc.array(note), id, id, (notes, one, other) => {
      const ledger = new Ledger(plenty());
      const model = new Map<number, { appended: number; seen: number; since: number }>();
      for (const { id, payload, at_ms, appended } of notes) {
        const known = model.get(id) ?? { appended: NaN, seen: NaN, since: Infinity };
        model.set(id, known);
        if (appended) ledger.noteAppended(id, payload, at_ms);
        else ledger.noteSeen(id, payload, at_ms);
        const column = appended ? 'appended' : 'seen';
        if (Number.isNaN(known[column])) known[column] = payload;
        known.since = Math.min(known.since, at_ms);
      }
      const ids = [...model.keys()].sort((a, b) => a - b);
      assert.deepEqual([...ledger.ids()], ids);
      assert.equal(ledger.highest, ids.at(-1) ?? 0);
      for (const [id, known] of model) {
        assert.deepEqual(
          [ledger.appended(id), ledger.seen(id), ledger.knownSince(id)],
          [known.appended, known.seen, known.since],
        );
      }
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      assert.deepEqual(
        [...ledger.ids(from, to)],
        ids.filter((id) => id >= from && id <= to),
      );
      const early = ids.find((id) => id >= from && id <= to && (model.get(id)?.since ?? 0) <= 500);
      assert.equal(ledger.firstKnown(from, to, 500), early ?? null);
      assert.ok(Number.isNaN(ledger.seen(0)));
    }),
    { numRuns: 500 },
  );
});

t.test('what is no position is not kept', async (t) => {
  const ledger = new Ledger(plenty());
  for (const id of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) ledger.noteSeen(id, 1, 1);
  t.strictSame([...ledger.ids()], []);
});

t.test('beyond the budget ids are unknown, and it says so', async (t) => {
  let exceeded = 0;
  const ledger = new Ledger(new Budget(1, () => (exceeded += 1)));
  ledger.noteSeen(1, 7, 1);
  ledger.noteSeen(1_000_000, 7, 1);
  t.strictSame([...ledger.ids()], [1]);
  t.equal(ledger.highest, 1);
  t.equal(exceeded, 1);
});

t.test('payloads become doubles without two becoming one', async (t) => {
  let exceeded = 0;
  const keys = new PayloadKeys(3, () => (exceeded += 1));
  const payloads = ['a', 'b', '', payloadHash('a'), payloadHash('b'), '0000000000000', 'fffffffffffff'];
  const all = payloads.map((payload) => keys.key(payload));
  t.equal(new Set(all).size, payloads.length);
  t.strictSame(
    payloads.map((payload) => keys.key(payload)),
    all,
    'the same again',
  );
  t.equal(exceeded, 0);
  const beyond = keys.key('one too many');
  t.equal(exceeded, 1);
  t.notOk(differ(beyond, keys.key('a')), 'what cannot be compared does not differ');
  t.notOk(differ(Number.NaN, 1));
  t.ok(differ(1, 2));
  t.notOk(differ(1, 1));
});
