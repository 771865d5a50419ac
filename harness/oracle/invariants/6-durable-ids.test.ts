import t from 'tap';
import { HistoryBuilder } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();

t.test('a control frame carries no id', async (t) => {
  t.equal(history().read([1, 2]).say(6), 'true');
  t.equal(history().read([1, 2], { mode: 'poll' }).say(6), 'unknown: not-exercised', 'no frames');
  const run = history().read([1, 2], { end: null });
  run.add({ kind: 'control-id', at_ms: run.tick(), subscription: 'r1', last_event_id: '3' });
  t.equal(run.say(6), 'id-on-control-frame');
  t.match(run.verdict(6).witness, {
    subscription: 'r1',
    stream: 's',
    records: [{ kind: 'subscribe' }, { kind: 'control-id' }],
  });
});

t.test('the event that ends a stream carries one', async (t) => {
  t.equal(
    history()
      .read([1, { id: null, terminal: true }])
      .say(6),
    'terminal-without-id',
  );
  t.equal(
    history()
      .read([1, { id: 2, terminal: true }])
      .say(6),
    'true',
  );
});

t.test('a durable event carries one', async (t) => {
  const naked = (payload: string) => [1, { id: null, payload }, 2];
  t.equal(history().events(1, 2).read(naked('x')).say(6), 'true', 'what nobody appended may be passing');
  t.equal(history().events(1, 2).append(['x'], [3]).read(naked('x')).say(6), 'event-without-id 3');
  t.equal(
    history().read(naked('x')).events(1, 2).append(['x'], [3]).say(6),
    'event-without-id 3',
    'acknowledged later',
  );
});
