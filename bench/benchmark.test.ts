import t from 'tap';
import { compare, interleave } from './benchmark.ts';

t.test('the sides of a round run one after the other, and in turns first', async (t) => {
  const order: string[] = [];
  const side = (name: string) => async (round: number) => {
    order.push(`${name}${round}`);
    return { cost_us: round + 1 };
  };
  const options = { rounds: 3, quick: true, progress: () => undefined };
  const rounds = await interleave({ ours: side('a'), peer: side('b') }, options);
  t.same(order, ['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
  t.same(rounds[1], { ours: { cost_us: 2 }, peer: { cost_us: 2 } });
});

t.test('an aim is held against the median of the ratios', async (t) => {
  const rounds = [
    { ours: { cost_us: 5 }, peer: { cost_us: 10 } },
    { ours: { cost_us: 8 }, peer: { cost_us: 10 } },
    { ours: { cost_us: 90 }, peer: { cost_us: 10 } },
  ];
  const named = { figure: 'cost_us', ours: 'ours', peer: 'peer' };
  const { ratio, met } = compare(rounds, { ...named, aim: { at_most: 0.8 } });
  t.same(ratio, { min: 0.5, median: 0.8, max: 9 });
  t.equal(met, true);
  t.equal(compare(rounds, { ...named, aim: { at_most: 0.7 } }).met, false);
  t.equal(compare(rounds, { ...named, aim: { at_least: 0.8 } }).met, true);
  t.equal(compare(rounds, { ...named, aim: { at_least: 0.9 } }).met, false);
  t.equal(compare(rounds, named).met, null);
  t.throws(() => compare(rounds, { ...named, figure: 'other' }), /ours did not measure other/);
});
