import t from 'tap';
import { HistoryBuilder } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();
const terminal = { terminal: true };
const done = { id: 3, terminal: true };
const ended = (): HistoryBuilder => history().events(1, 2).append(['e3'], [3], terminal);

t.test('one terminal event, the last one', async (t) => {
  t.equal(ended().read([1, 2, done]).say(7), 'true');
  t.equal(history().events(1, 2).read([1, 2]).say(7), 'unknown: not-exercised', 'it did not end');
  t.equal(
    ended()
      .read([1, 2, done, { id: 4, terminal: true }])
      .say(7),
    'second-terminal 4',
  );
  t.equal(ended().append(['e4'], [4], terminal).say(7), 'second-terminal 4');
  t.equal(ended().read([1, 2, done, 4]).say(7), 'event-after-terminal 4');
  t.equal(ended().append(['e4'], [4]).say(7), 'event-after-terminal 4');
  t.equal(ended().append(['e4'], 'fail').say(7), 'true', 'refused');
  t.equal(history().read([1, 2, 4]).read([1, 2, done]).say(7), 'event-after-terminal 4', 'in any order');
  t.equal(ended().read([1, 2, 3]).say(7), 'terminal-changed 3', 'terminal once, terminal always');
});

t.test('a retry of the terminal append is answered as before', async (t) => {
  const key = { ...terminal, idempotency_key: 'k' };
  t.equal(history().append(['e1'], [1], key).append(['e1'], [1], key).say(7), 'true');
});

t.test('the terminal event is replayed to whoever comes later', async (t) => {
  const gaveUp = { by: 'client', complete: false } as const;
  const later = (): HistoryBuilder => ended().read([1, 2, done]).wait(500);
  t.equal(later().read([1, 2, done]).say(7), 'true');
  t.equal(later().read([1, 2], { open_ms: 200, end: gaveUp }).say(7), 'terminal-not-replayed 3', 'heartbeats for ever');
  t.equal(later().read([], { cursor: 2, open_ms: 200, end: gaveUp }).say(7), 'terminal-not-replayed 3');
  t.equal(later().read([1, 2], { open_ms: 20, end: gaveUp }).say(7), 'true', 'it did not wait');
  t.equal(later().read([1], { open_ms: 200, end: gaveUp }).say(7), 'true', 'a reader that stalls stands anywhere');
  t.equal(
    later()
      .read([1, 2], { open_ms: 200, end: { by: 'fault', complete: false } })
      .say(7),
    'true',
  );
  t.equal(later().read([1, 2], { mode: 'snapshot' }).say(7), 'terminal-not-replayed 3');
  t.equal(later().read([], { mode: 'poll', cursor: 2 }).say(7), 'terminal-not-replayed 3');
  t.equal(later().read([1, 2], { mode: 'final' }).say(7), 'terminal-not-replayed 3');
  t.equal(later().read([1, 2, done], { mode: 'final' }).say(7), 'true');
});
