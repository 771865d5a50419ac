/** Readers that left. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { oneInstance } from '../support/direct.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { eventually } from '../support/eventually.ts';
import { metric } from '../support/metrics.ts';

const READERS = 4;

const released = defineCheck({
  id: 'disconnect-frees-subscription',
  rows: ['LIM-20'],
  title: `Lets ${READERS} readers leave an idle stream and watches the number of open streams`,
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['metrics'], instances: 1 },
  // The number counts everybody's streams.
  isolation: 'timing',
  costs: { streams: 1, connections: READERS + 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, oneInstance(lab));
    const [id] = await lab.append(stream, lab.events(1), oneInstance(lab));
    const readers = Array.from({ length: READERS }, () => lab.subscribe(stream, oneInstance(lab)));
    for (const reader of readers) {
      lab.given(await arrives(reader, id, attachBound(lab)), 'setup-subscribe', 'a reader was not served');
    }
    const open = await metric(lab, 'open_streams');
    lab.given(open >= READERS, 'metric-blind', `open_streams says ${open} while ${READERS} are open`);
    await Promise.all(readers.map((reader) => reader.close()));
    const within_ms = lab.target.times.recovery_ms;
    const { holds, seen } = await eventually(
      lab,
      () => metric(lab, 'open_streams'),
      (left) => left <= open - READERS,
      within_ms,
    );
    lab.expect(holds, {
      reason: 'disconnect-unnoticed',
      expected: `at most ${open - READERS} subscriptions within ${within_ms} ms of ${READERS} disconnects`,
      observed: `${seen} subscriptions still open`,
      evidence: { open_before: open, open_after: seen, left: READERS },
      exchanges: readers.map(({ number }) => number),
    });
  },
});

export const DISCONNECTS: readonly Check[] = [released];
