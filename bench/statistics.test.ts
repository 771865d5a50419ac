import t from 'tap';
import { percentile, ratios, spreadOf } from './statistics.ts';

t.test('a spread is min, median and max, whatever the order', async (t) => {
  t.same(spreadOf([10, 9, 100]), { min: 9, median: 10, max: 100 });
  t.same(spreadOf([4, 1, 3, 2]), { min: 1, median: 2.5, max: 4 });
  t.same(spreadOf([7]), { min: 7, median: 7, max: 7 });
  t.throws(() => spreadOf([]), RangeError);
});

t.test('ratios are taken round by round, never of sums', async (t) => {
  t.same(ratios([10, 30], [20, 10]), [0.5, 3]);
  t.same(spreadOf(ratios([10, 30], [20, 10])), { min: 0.5, median: 1.75, max: 3 });
});

t.test('rounds without a counterpart, or too short to measure, are refused', async (t) => {
  t.throws(() => ratios([1, 2], [1]), /2 rounds of ours and 1 of the peer/);
  t.throws(() => ratios([1, 2], [1, 0]), /round 2: the peer measured 0/);
  t.throws(() => ratios([1], [Number.NaN]), RangeError);
});

t.test('a percentile is a measured value by nearest rank', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  t.equal(percentile(hundred, 0.99), 99);
  t.equal(percentile(hundred, 1), 100);
  t.equal(percentile(Float64Array.of(9, 10, 100), 0.5), 10);
  t.throws(() => percentile([], 0.99), RangeError);
});
