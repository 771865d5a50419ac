import t from 'tap';
import type { SeenEvent } from '../../harness/dialects/dialect.ts';
import { resumedIds } from './dense.ts';

t.test('what may come again is left out only where the target declares it, and only before what is new', async (t) => {
  const resumed = (ids: readonly number[], at_least_once: boolean): number[] =>
    resumedIds({ target: { at_least_once } }, { events: ids.map((id) => ({ id }) as SeenEvent) }, 3);
  t.strictSame(resumed([2, 3, 4, 5], true), [4, 5]);
  t.strictSame(resumed([2, 3, 4, 5], false), [2, 3, 4, 5]);
  t.strictSame(resumed([2, 3], true), [], 'nothing new came');
  t.strictSame(resumed([4, 3, 5], true), [4, 3, 5], 'behind something new it is out of order');
  t.strictSame(resumed([4, 4, 5], true), [4, 4, 5], 'and what is new comes once');
});
