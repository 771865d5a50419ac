import t from 'tap';
import { HistoryBuilder, STREAM } from '../test-support/history-builder.ts';

/** Events 1, 2, 3 … with these epochs and nonces. */
function produced(...owners: readonly (readonly [epoch: number, nonce: string])[]): HistoryBuilder {
  return new HistoryBuilder().read(owners.map(([epoch, nonce], index) => ({ id: index + 1, epoch, nonce })));
}

t.test('epochs never decrease by id', async (t) => {
  t.equal(produced([1, 'a'], [1, 'a'], [2, 'b'], [5, 'c']).say(8), 'true');
  t.equal(produced([1, 'a'], [2, 'b'], [1, 'a']).say(8), 'epoch-decreased 3');
  t.equal(produced([1, 'a'], [3, 'c'], [2, 'b'], [4, 'd']).say(8), 'epoch-decreased 3');
  t.equal(new HistoryBuilder().read([1, 2]).say(8), 'unknown: not-exercised', 'no epochs');
  const replayed = produced([1, 'a'], [2, 'b']).read([{ id: 1, epoch: 1, nonce: 'a' }]);
  t.equal(replayed.say(8), 'true', 'a replay is no decrease');
});

t.test('one epoch has one owner', async (t) => {
  t.equal(produced([1, 'a'], [1, 'b']).say(8), 'split-brain 2');
  t.equal(produced([1, 'a'], [2, 'a']).say(8), 'true', 'the same process may take over from itself');
});

t.test('a stale epoch is refused', async (t) => {
  const fences = (...writes: readonly (readonly [epoch: number, accepted: boolean, stream?: string])[]): string => {
    const run = new HistoryBuilder();
    for (const [epoch, accepted, stream = STREAM] of writes)
      run.add({ kind: 'fence', at_ms: run.tick(), stream, epoch, accepted });
    return run.say(8);
  };
  t.equal(fences([1, true], [2, true], [1, false], [2, true]), 'true');
  t.equal(fences([1, true], [2, true], [1, true]), 'stale-epoch-accepted');
  t.equal(fences([2, false], [1, true]), 'true', 'nobody holds epoch 2');
  t.equal(fences([2, true], [1, true, 'other']), 'true', 'each stream has its own');
  t.equal(fences([1, false]), 'unknown: not-exercised');
});
