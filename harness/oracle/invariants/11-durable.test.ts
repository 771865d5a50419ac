import t from 'tap';
import { HistoryBuilder } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();
const final = { mode: 'final' } as const;

t.test('what was received is in the final read', async (t) => {
  t.equal(history().read([1, 2, 3]).read([1, 2, 3, 4], final).say(11), 'true');
  t.equal(history().read([1, 2, 3]).read([1, 2], final).say(11), 'received-event-vanished 3', 'a dirty read');
  t.equal(history().read([1, 2, 3]).read([1, 3], final).say(11), 'received-event-vanished 2');
  t.equal(
    history()
      .read([1, 2])
      .read([1, { id: 2, payload: 'x' }], final)
      .say(11),
    'received-event-replaced 2',
  );
  t.equal(history().events(1, 3).read([1, 2]).read([1, 2], final).say(11), 'true', 'acknowledged only: invariant 1');
});

t.test('without a complete final read nobody can say', async (t) => {
  t.equal(history().read([1, 2, 3]).say(11), 'unknown: not-exercised');
  t.equal(
    history()
      .read([1, 2], { ...final, end: { complete: false } })
      .say(11),
    'unknown: not-exercised',
  );
  const cut = history()
    .read([1, 2, 3])
    .read([1, 2], { ...final, end: { by: 'fault', complete: false } });
  t.equal(cut.say(11), 'unknown: not-exercised');
  t.equal(history().read([1, 2], final).say(11), 'unknown: not-exercised', 'nothing was received before');
});

t.test('what came after the final read began, or was signalled as gone, need not be in it', async (t) => {
  t.equal(history().read([1, 2]).read([1, 2], final).read([3], { cursor: 2 }).say(11), 'true');
  t.equal(
    history()
      .read([1, 2, 3])
      .read([{ through: 2 }, 3], final)
      .say(11),
    'true',
  );
  t.equal(history().read([1, 2, 3, 4]).read([3, 4], final).say(11, { history_limit: 2 }), 'true');
  t.equal(history().read([1, 2, 3, 4]).read([4], final).say(11, { history_limit: 2 }), 'received-event-vanished 3');
});

t.test('two final reads each hold it', async (t) => {
  const twice = history().read([1, 2]).read([1, 2], final).read([1], final);
  t.equal(twice.say(11), 'received-event-vanished 2');
  const sameClient = history()
    .read([1, 2])
    .read([1, 2], { ...final, lineage: 'f' })
    .read([1], { ...final, lineage: 'f' });
  t.equal(sameClient.say(11), 'received-event-vanished 2', 'from the start again is another read');
});
