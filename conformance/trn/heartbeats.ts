/** Heartbeats: often enough, and never inside an event. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Subscription } from '../../harness/lab.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { arrives, followed, opensAsStream } from '../support/followed.ts';

/** How late a declared interval may be before it counts as missed (row TRN-14). */
const TOLERANCE = 1.5;
const BEATS = 2;

/** Comments, and what the dialect takes for a heartbeat: other bytes tell a client nothing. */
function beatsOf({ items, readings }: Subscription): number {
  return items.filter(({ kind }, index) => kind === 'comment' || readings[index]?.kind === 'heartbeat').length;
}

const heartbeatOnIdle = defineCheck({
  id: 'heartbeat-on-idle',
  rows: ['TRN-14'],
  title: 'Follows an idle stream and times its heartbeats',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['heartbeat'] },
  isolation: 'shared',
  patient: true,
  timeout_ms: ({ times }) => CHECK_TIMEOUT_MS + BEATS * TOLERANCE * times.heartbeat_ms,
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { subscription } = reader;
    const bound_ms = TOLERANCE * lab.target.times.heartbeat_ms;
    for (let beat = 1; beat <= BEATS; beat += 1) {
      const before = beatsOf(subscription);
      const came = await subscription.until((now) => beatsOf(now) > before || now.end !== null, bound_ms);
      lab.expect(came && subscription.end === null, {
        reason: 'no-heartbeat',
        expected: `a heartbeat within ${bound_ms} ms on an idle stream`,
        observed:
          subscription.end === null
            ? `none for ${bound_ms} ms, heartbeat ${beat} never came`
            : `the stream ended (${subscription.end})`,
        evidence: { beat, within_ms: bound_ms, bytes_received: subscription.bytes_received },
        exchanges: [subscription.number],
      });
    }
  },
});

const EVENTS = 4;

const wholeEvents = defineCheck({
  id: 'sse-whole-events',
  rows: ['TRN-13'],
  title: `Reads ${EVENTS} events as blocks: each has its id and its data in one`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await using subscription = lab.subscribe(stream);
    await opensAsStream(lab, subscription);
    for (let sent = 0; sent < EVENTS; sent += 1) {
      const [id] = await lab.append(stream, lab.events(1));
      lab.given(id !== undefined, 'setup-append', 'an append of one event answered no id');
      const whole = await arrives(subscription, id, lab.target.times.event_latency_ms);
      const torn = subscription.items.find((item) => item.kind === 'silent' && item.has_id);
      const strange = subscription.readings.findIndex((reading) => reading.kind === 'other');
      lab.expect(whole && torn === undefined, {
        reason: 'event-torn',
        expected: `event ${id} as one block with its id and its data`,
        observed:
          torn === undefined
            ? `event ${id} never came whole`
            : `a block at offset ${torn.start_offset} with the id ${torn.kind === 'silent' ? torn.last_event_id : ''} and no data`,
        evidence: {
          id,
          torn_id: torn?.kind === 'silent' ? torn.last_event_id : null,
          offset: torn?.start_offset ?? subscription.items[strange]?.start_offset ?? null,
        },
        exchanges: [subscription.number],
      });
    }
    lab.judge();
  },
});

export const HEARTBEATS: readonly Check[] = [heartbeatOnIdle, wholeEvents];
