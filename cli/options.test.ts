import t from 'tap';
import { shownCommandLine } from './command-line.ts';
import { duration, headers, integer, list, namedPaths, oneOf } from './options.ts';

const SEED = { min: 0, max: 10, fallback: 7 };

t.test('values are read, defaults where nothing was given', async (t) => {
  t.same(list({ only: ['a, b', 'c', ''] }, 'only'), ['a', 'b', 'c']);
  t.equal(integer({ seed: '3' }, 'seed', SEED), 3);
  t.equal(integer({}, 'seed', SEED), 7);
  t.equal(oneOf({ store: 'memory' }, 'store', ['memory', 'sqlite'], 'sqlite'), 'memory');
  t.same(
    ['500ms', '10s', '2m'].map((wait) => duration({ wait }, 'wait', 1)),
    [500, 10_000, 120_000],
  );
  t.same(headers({ header: ['A: b: c', 'D:e'] }, 'header'), { A: 'b: c', D: 'e' });
  t.same(headers({ header: ['X-A: 1', 'x-a: 2'] }, 'header'), { 'x-a': '2' });
  t.same(namedPaths({ reporter: ['junit=a=b.xml'] }, 'reporter', ['junit']), [{ name: 'junit', path: 'a=b.xml' }]);
});

t.test('a wrong value names the option, what was found and what is accepted', async (t) => {
  const cases: [() => unknown, RegExp][] = [
    [() => integer({ seed: '-1' }, 'seed', SEED), /--seed: found "-1"; accepted: a whole number from 0 to 10/],
    [() => integer({ seed: '1e1' }, 'seed', SEED), /--seed/],
    [() => integer({ seed: '11' }, 'seed', SEED), /--seed/],
    [
      () => oneOf({ store: 'redis' }, 'store', ['memory', 'sqlite'], 'sqlite'),
      /--store: found "redis"; accepted: memory, sqlite/,
    ],
    [() => duration({ wait: '10' }, 'wait', 1), /--wait: found "10"; accepted: a number with ms, s or m/],
    [() => namedPaths({ reporter: ['junit'] }, 'reporter', ['junit', 'tap']), /--reporter.*junit, tap/],
    [() => namedPaths({ reporter: ['xml=a'] }, 'reporter', ['junit']), /--reporter/],
  ];
  for (const [read, message] of cases) t.throws(read, { name: 'UsageError', message }, String(message));
});

t.test('a header that cannot be sent is told without what is likely to be a secret', async (t) => {
  const cases: [header: string, message: RegExp][] = [
    ['s3cret', /--header: found "a text without a name and a colon"; accepted: Name: value/],
    ['X Y: s3cret', /--header: found "a name that no header can have"/],
    ['X-Key: s3cret\nX-Other: 1', /--header: found "X-Key with a value that no header can have"; accepted: .*Latin-1/],
    ['X-Key: s3cret\u200b', /X-Key with a value/],
    ['X-Key: s3cret\u0000', /X-Key with a value/],
  ];
  for (const [header, message] of cases) {
    const read = () => headers({ header: [header] }, 'header');
    t.throws(read, { name: 'UsageError', message }, JSON.stringify(header));
    t.throws(read, { message: /^(?!.*s3cret)/s }, 'nothing of the value');
  }
});

t.test('a command line is shown without its secrets', async (t) => {
  const shown = shownCommandLine([
    'conform',
    'http://user:s3cret@host/',
    '-H',
    'Authorization: Bearer s3cret',
    '--header=X: s3cret',
    '-HY: s3cret',
    '--header',
    's3cret',
    '--only',
    'a b',
  ]);
  t.notMatch(shown, 's3cret');
  t.equal(
    shown,
    "streamproof conform 'http://***@host/' -H 'Authorization: ***' '--header=X: ***' '-HY: ***' --header '***' --only 'a b'",
  );
});
