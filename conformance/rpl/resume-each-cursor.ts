import { defineCheck } from '../../harness/check.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';

const EVENTS = 12;

/** A finished stream, resumed from every cursor it ever had: what follows is exactly what comes after it. */
export const resumeEachCursor = defineCheck({
  id: 'resume-each-cursor',
  rows: ['RPL-03'],
  title: `Resumes a finished stream of ${String(EVENTS)} events after each of its ids`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 1 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    const ids = await lab.append(stream, [...lab.events(EVENTS - 1), lab.target.dialect.terminal]);
    for (const [position, cursor] of [0, ...ids.slice(0, -1)].entries()) {
      await resumesAfter(lab, stream, cursor, ids.slice(position));
    }
    lab.judge();
  },
});

async function resumesAfter(
  lab: Lab,
  stream: StreamHandle,
  cursor: number,
  expected: readonly number[],
): Promise<void> {
  await using subscription = lab.subscribe(stream, { cursor: String(cursor) });
  const last = expected.at(-1);
  const arrived = await subscription.until(
    ({ events }) => events.some(({ id }) => id === last),
    lab.target.times.replay_ms,
  );
  const seen = subscription.events.map(({ id }) => id);
  const same = seen.length === expected.length && seen.every((id, index) => id === expected[index]);
  lab.expect(arrived && same, () => ({
    reason: 'wrong-resume',
    expected: `the events ${expected.join(', ')} after Last-Event-ID: ${String(cursor)}`,
    observed: seen.length === 0 ? 'no event' : `the events ${seen.join(', ')}`,
    evidence: { cursor, expected: [...expected], seen },
    exchanges: [subscription.number],
  }));
}
