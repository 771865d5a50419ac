import t from 'tap';
import { nearest, suggest, UsageError } from './usage-error.ts';

t.test('the nearest name is a help, or nothing', async (t) => {
  const known = ['RPL-03', 'durable', 'heartbeat'];
  t.equal(nearest('rpl-3', known), 'RPL-03');
  t.equal(nearest('durabel', known), 'durable');
  t.equal(nearest('HEARTBEET', known), 'heartbeat');
  t.equal(nearest('zzzzzz', known), null);
  t.equal(nearest('a', []), null);
  t.equal(suggest('durabel', known, 'Remove it.'), 'Did you mean "durable"?');
  t.equal(suggest('zzzzzz', known, 'Remove it.'), 'Remove it.');
});

t.test('the message tells every problem, each on its own line', async (t) => {
  const problem = { field: 'url', found: 'nothing', accepted: 'a URL', remedy: 'Add it.' };
  const { message } = new UsageError([problem, { ...problem, field: 'name' }], 'x cannot be used:');
  t.equal(
    message,
    'x cannot be used:\nurl: found nothing; accepted: a URL. Add it.\nname: found nothing; accepted: a URL. Add it.',
  );
});
