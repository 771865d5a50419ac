import t from 'tap';
import type { ReadMode } from '../../history.ts';
import { HistoryBuilder } from '../test-support/history-builder.ts';

const history = (): HistoryBuilder => new HistoryBuilder();

t.test('one id is one payload, over all modes', async (t) => {
  const modes: readonly ReadMode[] = ['sse', 'poll', 'long-poll', 'snapshot', 'final'];
  for (const mode of modes) {
    for (const other of modes) {
      t.equal(history().read([1, 2], { mode }).read([1, 2], { mode: other }).say(3), 'true', `${mode}, ${other}`);
      const changed = history()
        .read([1, 2], { mode })
        .read([1, { id: 2, payload: 'other' }], { mode: other });
      t.equal(changed.say(3), 'payload-changed 2', `${mode}, ${other}`);
    }
  }
});

t.test('each stream has its own ids, and an id read once has nothing to be held against', async (t) => {
  t.equal(history().read([1, 2]).say(3), 'unknown: not-exercised');
  const one = history().read([{ id: 1, payload: 'a' }]);
  const at_ms = one.tick();
  one.add({
    kind: 'subscribe',
    at_ms,
    subscription: 'x',
    lineage: 'x',
    stream: 'other',
    account_id: 'owner',
    mode: 'sse',
    cursor: 0,
  });
  one.add({
    kind: 'deliver',
    at_ms,
    subscription: 'x',
    id: 1,
    payload: 'b',
    terminal: false,
    epoch: null,
    nonce: null,
  });
  t.equal(one.say(3), 'unknown: not-exercised');
});
