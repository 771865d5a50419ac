/** Where replay ends and live begins. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { range, resumedIds, sameIds, wrongIds } from '../support/dense.ts';
import { attachBound } from '../support/followed.ts';
import { keeps } from '../support/kept-history.ts';

const READERS = 8;
/** Every other one brings a reader. */
const APPENDS = 2 * READERS;
const BATCH = 3;

const seam = defineCheck({
  id: 'replay-live-seam',
  rows: ['RPL-04'],
  title: `Attaches ${READERS} readers at all cursors while ${APPENDS * BATCH} events are appended`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: READERS + 2 },
  run: async (lab: Lab) => {
    // Some come back to the very beginning.
    keeps(lab, BATCH + APPENDS * BATCH + 1);
    const stream = await lab.start();
    await lab.append(stream, lab.events(BATCH));
    const readers: { readonly cursor: number; readonly subscription: ReturnType<Lab['subscribe']> }[] = [];
    let tail = BATCH;
    // Readers come at the tail, close behind it, and from far back.
    for (let sent = 0; sent < APPENDS; sent += 1) {
      const appended = lab.append(stream, lab.events(BATCH));
      if (sent % 2 === 0) {
        const cursor = Math.max(0, tail - lab.random.pick([0, 1, 2, 5, tail]));
        readers.push({ cursor, subscription: lab.subscribe(stream, { cursor: String(cursor) }) });
      }
      tail = (await appended).at(-1) ?? tail;
    }
    const [last] = await lab.append(stream, [lab.target.dialect.terminal]);
    for (const { cursor, subscription } of readers) {
      await subscription.until(({ end }) => end !== null, attachBound(lab));
      const owed = range(cursor + 1, last ?? tail + 1);
      const seen = resumedIds(lab, subscription, cursor);
      lab.expect(sameIds(seen, owed), () =>
        wrongIds('seam', `after cursor ${cursor}`, seen, owed, [subscription.number]),
      );
    }
    lab.judge();
  },
});

export const SEAM: readonly Check[] = [seam];
