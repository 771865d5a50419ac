import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Budget } from './budget.ts';
import { IntervalSet } from './interval-set.ts';

const plenty = (): Budget => new Budget(1_000_000, () => assert.fail('exceeded'));

t.test('it is a set', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (values) => {
      const set = new IntervalSet(plenty());
      const model = new Set<number>();
      for (const value of values) {
        set.add(value);
        model.add(value);
        for (let candidate = -1; candidate <= 42; candidate += 1) {
          assert.equal(set.has(candidate), model.has(candidate), `${values.join()} has ${candidate}`);
        }
      }
      assert.equal(set.saturated, false);
    }),
    { numRuns: 500 },
  );
});

t.test('a run of ids costs one range, whatever their order', async (t) => {
  const set = new IntervalSet(new Budget(3, () => t.fail('exceeded')));
  for (const value of [1, 2, 3, 7, 5, 6, 4, 8]) set.add(value);
  t.notOk(set.saturated);
});

t.test('beyond its bound it says so, and forgets nothing it knew', async (t) => {
  let exceeded = 0;
  const set = new IntervalSet(new Budget(2, () => (exceeded += 1)));
  for (const value of [1, 3, 5]) set.add(value);
  t.strictSame(
    [1, 3, 5].map((value) => set.has(value)),
    [true, true, false],
  );
  t.ok(set.saturated);
  t.equal(exceeded, 1);
  const scattered = new IntervalSet(plenty());
  for (let value = 0; value < 20_000; value += 2) scattered.add(value);
  t.ok(scattered.saturated);
  t.ok(scattered.has(0));
});
