import t from 'tap';
import type { CursorProbeRecord } from '../../history.ts';
import { HistoryBuilder, STREAM } from '../test-support/history-builder.ts';

function probe(fault: CursorProbeRecord['fault'], answer: CursorProbeRecord['answer']): string {
  return new HistoryBuilder()
    .add({ kind: 'cursor-probe', at_ms: 1, stream: STREAM, cursor: '10abc', fault, answer })
    .say(4);
}

t.test('every bad cursor is answered distinctly', async (t) => {
  for (const fault of ['evicted', 'ahead', 'foreign', 'malformed'] as const) {
    t.equal(probe(fault, 'signalled'), 'true');
    for (const answer of ['silent-restart', 'silence', 'not-found', 'finished'] as const) {
      t.equal(probe(fault, answer), `cursor-${fault}-${answer}`);
    }
  }
  t.equal(new HistoryBuilder().say(4), 'unknown: not-exercised');
});
