import t from 'tap';
import { Random } from './random.ts';

t.test('one seed gives one sequence', async (t) => {
  const first = new Random(7);
  const second = new Random(7);
  const drawn = Array.from({ length: 5 }, () => first.next());
  t.same(
    drawn,
    Array.from({ length: 5 }, () => second.next()),
  );
  t.not(new Random(8).next(), drawn[0]);
});

t.test('a fork depends on seed and label alone', async (t) => {
  const root = new Random(7);
  const before = root.fork('faults').next();
  root.next();
  t.equal(root.fork('faults').next(), before, 'drawing from the parent shifts no fork');
  t.not(root.fork('data').next(), before, 'labels separate');
});

t.test('int covers both ends and stays within them', async (t) => {
  const random = new Random(1);
  const drawn = new Set(Array.from({ length: 400 }, () => random.int(3, 6)));
  t.same([...drawn].sort(), [3, 4, 5, 6]);
});

t.test('shuffle keeps every item, text has the size asked for, pick refuses an empty list', async (t) => {
  const random = new Random(1);
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = random.shuffle(items);
  t.not(shuffled.join(), items.join());
  t.same(
    [...shuffled].sort((a, b) => a - b),
    items,
  );
  for (const bytes of [0, 1, 50, 4096]) t.equal(random.text(bytes).length, bytes);
  t.throws(() => random.pick([]), RangeError);
});
