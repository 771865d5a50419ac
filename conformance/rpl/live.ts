/** What a reader that stays attached is given. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { range, idsOf, sameIds, wrongIds } from '../support/dense.ts';
import { arrives, attachBound, followed } from '../support/followed.ts';

const EVENTS = 16;
/** More than a usual target has instances, so that two of them share one. */
const READERS = 5;
const NEEDS = { operations: ['create', 'append', 'subscribe'] } as const;

interface Live {
  /** The ids that the appends were acknowledged with, but for the first. */
  readonly acked: number[];
  readonly seen: number[];
  readonly owed: number[];
  readonly exchange: number;
}

/** Appends while a reader is attached; the ids it saw until `linger_ms` after the last has come or its time was up. */
async function live(lab: Lab, linger_ms = 0): Promise<Live> {
  await using reader = await followed(lab);
  const { stream, subscription } = reader;
  const acked: number[] = [];
  for (let sent = 1; sent < EVENTS; sent += 1) acked.push(...(await lab.append(stream, lab.events(1))));
  const last = acked.at(-1) ?? 1;
  await arrives(subscription, last, attachBound(lab));
  await subscription.until(({ end }) => end !== null, linger_ms);
  return { acked, seen: idsOf(subscription), owed: range(1, last), exchange: subscription.number };
}

const inOrder = defineCheck({
  id: 'live-order',
  rows: ['RPL-01'],
  title: `Follows ${EVENTS} live events and looks at the order of their ids, which count from 1`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { acked, seen, exchange } = await live(lab);
    lab.expect(sameIds(acked, range(2, EVENTS)), () => ({
      ...wrongIds('ids-not-dense', `ids of ${EVENTS} events, one after the other`, acked, range(2, EVENTS), []),
      evidence: { id: acked.find((id, index) => id !== index + 2) ?? null, acked },
    }));
    lab.given(seen.length > 1, 'setup-subscribe', 'a reader was given no event live');
    const unordered = seen.findIndex((id, index) => index > 0 && id < (seen[index - 1] ?? 0));
    lab.expect(unordered < 0, () => ({
      reason: 'ids-not-increasing',
      expected: 'strictly increasing ids',
      observed: `event ${seen[unordered] ?? 0} after event ${seen[unordered - 1] ?? 0}`,
      evidence: { id: seen[unordered] ?? 0, after: seen[unordered - 1] ?? 0, seen },
      exchanges: [exchange],
    }));
  },
});

const exactlyOnce = defineCheck({
  id: 'live-exactly-once',
  rows: ['RPL-01'],
  title: `Follows ${EVENTS} live events and looks for doubles`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    // A second notification, or a sweep for what was missed, brings doubles late.
    const { seen, exchange } = await live(lab, lab.target.times.event_latency_ms);
    lab.given(seen.length > 1, 'setup-subscribe', 'a reader was given no event live');
    const doubled = seen.find((id, index) => seen.indexOf(id) !== index);
    lab.expect(doubled === undefined, {
      reason: 'event-doubled',
      expected: 'every event once',
      observed: `event ${doubled ?? 0} twice on one connection`,
      evidence: { id: doubled ?? null, seen },
      exchanges: [exchange],
    });
  },
});

const complete = defineCheck({
  id: 'live-complete',
  rows: ['RPL-02'],
  title: `Follows ${EVENTS} live events and looks for one that is missing`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { seen, owed, exchange } = await live(lab);
    const missing = owed.find((id) => !seen.includes(id));
    lab.expect(missing === undefined, {
      reason: 'event-lost',
      expected: `events 1 to ${owed.length}`,
      observed: `event ${missing ?? 0} never came`,
      evidence: { id: missing ?? null, seen },
      exchanges: [exchange],
    });
  },
});

const twoSubscribers = defineCheck({
  id: 'two-subscribers',
  rows: ['RPL-23'],
  title: `Follows one stream with ${READERS} readers of one account`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: READERS + 2 },
  run: async (lab: Lab) => {
    await using first = await followed(lab);
    const { stream } = first;
    const others = Array.from({ length: READERS - 1 }, () => lab.subscribe(stream));
    const readers = [first.subscription, ...others];
    for (const reader of others) {
      await arrives(reader, 1, attachBound(lab));
    }
    let last = 1;
    for (let sent = 1; sent < EVENTS; sent += 1) last = (await lab.append(stream, lab.events(1))).at(-1) ?? last;
    await Promise.all(readers.map((reader) => arrives(reader, last, attachBound(lab))));
    for (const [index, reader] of readers.entries()) {
      const seen = idsOf(reader);
      lab.expect(sameIds(seen, range(1, last)) && reader.end === null, () => ({
        ...wrongIds('reader-deprived', `reader ${index + 1} of ${READERS} still attached`, seen, range(1, last), [
          reader.number,
        ]),
        evidence: {
          reader: index + 1,
          end: reader.end,
          id: range(1, last).find((id) => !seen.includes(id)) ?? null,
          seen,
        },
      }));
      await reader.close();
    }
  },
});

export const LIVE: readonly Check[] = [inOrder, exactlyOnce, complete, twoSubscribers];
