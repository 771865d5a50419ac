/** One history, whatever the mode and the instance. */
import { defineCheck, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { SeenEvent } from '../../harness/dialects/dialect.ts';
import type { Lab, Route, StreamHandle } from '../../harness/lab.ts';
import { range, resumedIds, sameIds, wrongIds } from '../support/dense.ts';
import { oneInstance } from '../support/direct.ts';
import { attachBound, followed } from '../support/followed.ts';
import { keeps } from '../support/kept-history.ts';

const EVENTS = 30;

async function finished(lab: Lab, route: Route = {}): Promise<StreamHandle> {
  keeps(lab, EVENTS);
  const stream = await lab.start({}, route);
  await lab.append(stream, [...lab.events(EVENTS - 1), lab.target.dialect.terminal], route);
  return stream;
}

async function overSse(lab: Lab, stream: StreamHandle): Promise<readonly SeenEvent[]> {
  await using reader = lab.subscribe(stream);
  await reader.finished(attachBound(lab));
  lab.given(reader.events.length > 0, 'setup-subscribe', 'a reader of a finished stream was sent nothing');
  return [...reader.events];
}

function differs(one: SeenEvent, other: SeenEvent): string | null {
  if (one.type !== other.type) return `type ${one.type} and ${other.type}`;
  if (one.ts !== other.ts) return `ts ${one.ts ?? 'none'} and ${other.ts ?? 'none'}`;
  if (one.payload !== other.payload) return `payload ${one.payload.slice(0, 60)} and ${other.payload.slice(0, 60)}`;
  return null;
}

const samePayload = defineCheck({
  id: 'replay-same-payload',
  rows: ['RPL-07'],
  title: `Reads ${EVENTS} events live, twice by replay, by polling and in a snapshot, and compares them by id`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const { operations } = lab.target.dialect;
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    await lab.append(stream, [...lab.events(EVENTS - 2), lab.target.dialect.terminal]);
    await subscription.finished(attachBound(lab));
    const live = new Map(subscription.events.map((event) => [event.id, event]));
    const modes: (readonly [mode: string, events: readonly SeenEvent[]])[] = [
      ['a replay', await overSse(lab, stream)],
      ['another replay', await overSse(lab, stream)],
    ];
    if (operations.has('poll')) modes.push(['polling', (await lab.poll(stream)).events]);
    if (operations.has('snapshot')) modes.push(['a snapshot', (await lab.snapshot(stream)).events]);
    for (const [mode, events] of modes) {
      for (const event of events) {
        const first = live.get(event.id);
        const difference = first === undefined ? null : differs(first, event);
        lab.expect(difference === null, {
          reason: 'id-means-two-events',
          expected: `event ${event.id} as it was live`,
          observed: `live and in ${mode}: ${difference ?? ''}`,
          evidence: { id: event.id, mode, difference },
        });
      }
    }
    lab.judge();
  },
});

const PAGE = 7;

const pollSameHistory = defineCheck({
  id: 'poll-same-history',
  rows: ['RPL-08'],
  title: `Polls a stream in pages of ${PAGE} and compares it with the stream over SSE`,
  needs: { operations: ['create', 'append', 'subscribe', 'poll'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await finished(lab);
    const owed = (await overSse(lab, stream)).map(({ id }) => id);
    const seen: number[] = [];
    const exchanges: number[] = [];
    let after = '0';
    for (let page = 0; page <= EVENTS; page += 1) {
      const { events, next_cursor, exchange } = await lab.poll(stream, { after, limit: String(PAGE) });
      seen.push(...events.map(({ id }) => id));
      exchanges.push(exchange.number);
      if (events.length === 0) break;
      after = next_cursor;
    }
    lab.expect(sameIds(seen, owed), () => wrongIds('poll-differs', 'by polling what SSE shows', seen, owed, exchanges));
  },
});

const nextCursor = defineCheck({
  id: 'poll-next-cursor',
  rows: ['RPL-09'],
  title: 'Polls with a limit and at the tail, and looks at next_cursor',
  needs: { operations: ['create', 'append', 'poll'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await finished(lab);
    for (const [after, limit] of [
      ['0', '5'],
      ['5', '1'],
      [String(EVENTS - 2), '100'],
      [String(EVENTS), '5'],
    ] as const) {
      const { events, next_cursor, exchange } = await lab.poll(stream, { after, limit });
      const expected = String(events.at(-1)?.id ?? after);
      lab.expect(next_cursor === expected, {
        reason: 'next-cursor-wrong',
        expected: `next_cursor ${expected} after ${after} with limit ${limit}`,
        observed: next_cursor,
        evidence: { after, limit, next_cursor, last_returned: events.at(-1)?.id ?? null, id: Number(next_cursor) },
        exchanges: [exchange.number],
      });
    }
  },
});

const switchModes = defineCheck({
  id: 'modes-share-a-cursor',
  rows: ['RPL-11'],
  title: 'Reads one stream by turns over SSE and by polling, each time on the next instance where they share a store',
  needs: { operations: ['create', 'append', 'subscribe', 'poll'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const { instances, capabilities } = lab.target;
    const home = oneInstance(lab);
    const stream = await finished(lab, home);
    const seen: number[] = [];
    let cursor = 0;
    for (let turn = 0; cursor < EVENTS && turn < EVENTS; turn += 1) {
      // Without a shared store a stream is only where it was started.
      const route = capabilities.has('shared-store') && instances.length > 0 ? { via: turn % instances.length } : home;
      const lineage = `switching-${stream.id}`;
      if (turn % 2 === 0) {
        const { events } = await lab.poll(stream, { after: String(cursor), limit: '4' }, { ...route, lineage });
        seen.push(...events.map(({ id }) => id));
      } else {
        await using reader = lab.subscribe(stream, { ...route, lineage, cursor: String(cursor) });
        await reader.until(({ events, end }) => end !== null || events.some(({ id }) => id > cursor), attachBound(lab));
        // What more came with the first event was seen as well.
        await reader.close();
        seen.push(...resumedIds(lab, reader, cursor));
      }
      const reached = Math.max(cursor, ...seen);
      lab.expect(reached > cursor, {
        reason: 'cursor-not-shared',
        expected: `events after ${cursor} by ${turn % 2 === 0 ? 'polling' : 'SSE'}`,
        observed: 'none',
        evidence: {
          cursor,
          id: cursor + 1,
          mode: turn % 2 === 0 ? 'poll' : 'sse',
          via: String(route.via ?? 'ingress'),
        },
      });
      cursor = reached;
    }
    lab.expect(sameIds(seen, range(1, EVENTS)), () =>
      wrongIds('cursor-not-shared', 'over all turns', seen, range(1, EVENTS), []),
    );
  },
});

const WAIT_MS = 400;
/** The most that may be asked for (contracts, surface jobs). */
const MAX_WAIT_MS = 30_000;

const longPoll = defineCheck({
  id: 'long-poll-waits',
  rows: ['RPL-12'],
  title: 'Polls at the tail with a wait, once while an event is appended and once in vain',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['long-poll'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, lab.events(1));
    const { event_latency_ms } = lab.target.times;
    // Longer than it may take to hear of an event, so that an answer at its end is no answer to the event.
    const wait_ms = String(Math.min(MAX_WAIT_MS, 2 * attachBound(lab)));
    for (let tail = 1; tail < 4; tail += 1) {
      const waiting = lab.poll(stream, { after: String(tail), wait_ms });
      await lab.append(stream, lab.events(1));
      const acked_ms = now();
      const { events, exchange } = await waiting;
      const took_ms = Math.max(0, exchange.ended_ms - acked_ms);
      lab.expect(events[0]?.id === tail + 1 && took_ms <= event_latency_ms, {
        reason: 'long-poll-misses',
        expected: `event ${tail + 1} within ${event_latency_ms} ms of its acknowledgement`,
        observed: `${events.length} events after ${took_ms.toFixed(0)} ms`,
        evidence: { id: tail + 1, seen: events.map(({ id }) => id), took_ms: Math.round(took_ms) },
        exchanges: [exchange.number],
      });
    }
    const began_ms = now();
    const empty = await lab.poll(stream, { after: '4', wait_ms: String(WAIT_MS) });
    const took_ms = now() - began_ms;
    lab.expect(
      empty.events.length === 0 &&
        empty.next_cursor === '4' &&
        took_ms > WAIT_MS * 0.8 &&
        took_ms < WAIT_MS + attachBound(lab),
      {
        reason: took_ms < WAIT_MS ? 'long-poll-impatient' : 'long-poll-overlong',
        expected: `an empty page after ${WAIT_MS} ms`,
        observed: `${empty.events.length} events, next_cursor ${empty.next_cursor}, after ${took_ms.toFixed(0)} ms`,
        evidence: { id: null, seen: empty.events.map(({ id }) => id), took_ms: Math.round(took_ms) },
        exchanges: [empty.exchange.number],
      },
    );
  },
});

const LIMITS: readonly (readonly [name: 'limit' | 'wait_ms', value: string])[] = [
  ['limit', '0'],
  ['limit', '1001'],
  ['limit', 'ten'],
  ['limit', '-1'],
  ['wait_ms', '30001'],
  ['wait_ms', '-1'],
  ['wait_ms', '1s'],
];

const pollLimits = defineCheck({
  id: 'poll-limits-checked',
  rows: ['RPL-29'],
  title: 'Polls with limits and waits outside their range, and with the largest limit',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['api-events'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await finished(lab);
    const { events } = await lab.poll(stream, { limit: '2' });
    lab.expect(events.length === 2, {
      reason: 'limit-ignored',
      expected: '2 events with limit 2',
      observed: `${events.length} events`,
      evidence: { parameter: 'limit', value: '2', status: 200 },
    });
    const { events: all } = await lab.poll(stream, { limit: '1000' });
    lab.expect(all.length === EVENTS, {
      reason: 'limit-ignored',
      expected: `all ${EVENTS} events with limit 1000`,
      observed: `${all.length} events`,
      evidence: { parameter: 'limit', value: '1000', status: 200 },
    });
    // Who does not wait need not know how long one may ask it to.
    const waits = lab.target.capabilities.has('long-poll');
    for (const [parameter, value] of LIMITS.filter(([name]) => waits || name !== 'wait_ms')) {
      const { status, number } = await lab.http(lab.target.dialect.poll(stream.id, { [parameter]: value }));
      lab.expect(status === 400, {
        reason: 'limit-unchecked',
        expected: `400 to ${parameter}=${value}`,
        observed: String(status),
        evidence: { parameter, value, status },
        exchanges: [number],
      });
    }
  },
});

export const MODES: readonly Check[] = [samePayload, pollSameHistory, nextCursor, switchModes, longPoll, pollLimits];
