import { join } from 'node:path';
import t from 'tap';
import { passing } from '../test-support/run-options.ts';
import { parseExpectedFailures, readExpectedFailures } from './expected-failures.ts';

const CHECKS = [passing('one'), passing('two')];

t.test('each entry is a check and its reason', async (t) => {
  t.same(
    [...parseExpectedFailures('one: ticket 7\n# later\ntwo: "ticket 8"', CHECKS)],
    [
      ['one', 'ticket 7'],
      ['two', 'ticket 8'],
    ],
  );
  t.equal(parseExpectedFailures('', CHECKS).size, 0);
});

t.test('what names no check, gives no reason or cannot be read is refused', async (t) => {
  const refused = (text: string, message: RegExp): void => {
    t.throws(() => parseExpectedFailures(text, CHECKS), { name: 'UsageError', message }, text);
  };
  refused('onee: x', /"onee", which is no check.*"one"/);
  refused('one: ""', /reason/);
  refused('one:', /reason/);
  refused('- one', /check-id: reason/);
  refused('one: [', /well-formed YAML/);
  await t.rejects(readExpectedFailures(join(t.testdir({}), 'none.yaml'), CHECKS), { name: 'UsageError' });
});
