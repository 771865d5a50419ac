/** What a late or returning reader is given. */
import { defineCheck, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { idsOf, range, resumedIds, sameIds, wrongIds } from '../support/dense.ts';
import { arrives, attachBound, followed } from '../support/followed.ts';
import { keeps, owedFromOldest } from '../support/kept-history.ts';

const NEEDS = { operations: ['create', 'append', 'subscribe'] } as const;
/** Largest batch of an append (contracts, surface jobs); other surfaces take fewer at a time. */
const BATCH = 100;

/** A finished stream of that many events. */
async function finishedStream(lab: Lab, events: number, payload_bytes = 16): Promise<StreamHandle> {
  const stream = await lab.start();
  for (let left = events - 1; left > 0; left -= BATCH) {
    await lab.append(stream, lab.events(Math.min(BATCH, left), payload_bytes));
  }
  await lab.append(stream, [lab.target.dialect.terminal]);
  return stream;
}

/** Resumes and states that exactly what follows the cursor comes. */
async function resumesExactly(lab: Lab, stream: StreamHandle, cursor: number | null, last: number): Promise<void> {
  if (cursor !== null) keeps(lab, last - cursor);
  await using reader = lab.subscribe(stream, cursor === null ? {} : { cursor: String(cursor) });
  await reader.until(({ end }) => end !== null, attachBound(lab));
  const seen = resumedIds(lab, reader, cursor ?? 0);
  const owed = cursor === null ? owedFromOldest(lab, seen, last) : range(cursor + 1, last);
  const what = cursor === null ? 'without a cursor' : `after Last-Event-ID: ${cursor}`;
  lab.expect(sameIds(seen, owed), () => wrongIds('wrong-resume', what, seen, owed, [reader.number]));
}

const EVENTS = 12;

const resumeEachCursor = defineCheck({
  id: 'resume-each-cursor',
  rows: ['RPL-03'],
  title: `Resumes a finished stream of ${EVENTS} events after each of its ids, the last one too`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await finishedStream(lab, EVENTS);
    for (let cursor = 0; cursor <= EVENTS; cursor += 1) await resumesExactly(lab, stream, cursor, EVENTS);
    lab.judge();
  },
});

/** Sizes of pages, queues and caches in the servers we have read. */
const BOUNDARIES = [100, 256];
/** Events after a boundary: few, so that a short history keeps them. */
const BEYOND = 14;

const resumeAtBoundaries = defineCheck({
  id: 'resume-at-batch-boundaries',
  rows: ['RPL-03'],
  title: `Resumes at, before and after ids ${BOUNDARIES.join(' and ')}`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 2, connections: 2 },
  run: async (lab: Lab) => {
    for (const boundary of BOUNDARIES) {
      const last = boundary + BEYOND;
      const stream = await finishedStream(lab, last);
      for (const cursor of [boundary - 1, boundary, boundary + 1]) await resumesExactly(lab, stream, cursor, last);
    }
  },
});

const cursorNumeric = defineCheck({
  id: 'cursor-is-a-number',
  rows: ['RPL-25'],
  title: 'Resumes where the number of digits changes: after 8, 9, 10, 98, 99 and 100',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const last = 104;
    const stream = await finishedStream(lab, last);
    for (const cursor of [8, 9, 10, 98, 99, 100]) await resumesExactly(lab, stream, cursor, last);
  },
});

const replayExactlyOnce = defineCheck({
  id: 'replay-exactly-once',
  rows: ['RPL-02'],
  title: 'Reads a finished stream from its beginning',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    // More than a hot tail of 100 would hold.
    const last = 130;
    await resumesExactly(lab, await finishedStream(lab, last), null, last);
  },
});

const LONG = 10_000;
const LARGE_BATCH = 1_000;

const replayComplete = defineCheck({
  id: 'replay-complete-long',
  rows: ['RPL-06'],
  title: `Replays ${LONG} events while a stalled and a slow reader are attached`,
  needs: { ...NEEDS, capabilities: ['full-history'] },
  isolation: 'timing',
  costs: { streams: 1, connections: 5 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    for (let sent = 0; sent < LONG - LARGE_BATCH; sent += LARGE_BATCH)
      await lab.append(stream, lab.events(LARGE_BATCH));
    await lab.append(stream, [...lab.events(LARGE_BATCH - 1), lab.target.dialect.terminal]);
    await using stalled = lab.subscribe(stream);
    stalled.stall();
    await using reader = lab.subscribe(stream);
    await reader.until(({ end }) => end !== null, 5 * lab.target.times.replay_ms);
    const owed = range(1, LONG);
    lab.expect(sameIds(idsOf(reader), owed), () =>
      wrongIds('replay-truncated', 'the whole history', idsOf(reader), owed, [reader.number]),
    );
  },
});

const FAST = 400;

const replayFast = defineCheck({
  id: 'replay-in-time',
  rows: ['RPL-26'],
  title: `Times the replay of ${FAST} events`,
  needs: NEEDS,
  isolation: 'timing',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await finishedStream(lab, FAST, 200);
    const { replay_ms } = lab.target.times;
    const began_ms = now();
    await using reader = lab.subscribe(stream);
    await reader.until(({ end }) => end !== null, 2 * replay_ms);
    const index = reader.events.findIndex(({ id }) => id === FAST);
    const took_ms = (reader.received_ms[index] ?? Number.POSITIVE_INFINITY) - began_ms;
    lab.given(reader.events.length > 0, 'setup-subscribe', 'a late reader was sent no event');
    lab.expect(took_ms <= replay_ms, {
      reason: 'replay-slow',
      expected: `${FAST} events within ${replay_ms} ms`,
      observed: index < 0 ? `${reader.events.length} events in ${2 * replay_ms} ms` : `${took_ms.toFixed(0)} ms`,
      evidence: { seen_count: reader.events.length, took_ms: index < 0 ? null : Math.round(took_ms), replay_ms },
      exchanges: [reader.number],
    });
  },
});

/** Beyond the queues of 100 that block. */
const BACKLOG = 300;

const replayDoesNotBlock = defineCheck({
  id: 'replay-blocks-nobody',
  rows: ['RPL-05'],
  title: `Replays ${BACKLOG} events to several readers while another stream is followed live`,
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 2, connections: 8 },
  run: async (lab: Lab) => {
    const backlog = await finishedStream(lab, BACKLOG);
    await using other = await followed(lab);
    const readers = [lab.subscribe(backlog), lab.subscribe(backlog), lab.subscribe(backlog)];
    const [id] = await lab.append(other.stream, lab.events(1));
    const live = await arrives(other.subscription, id, lab.target.times.event_latency_ms);
    lab.expect(live, {
      reason: 'replay-blocks-others',
      expected: `event ${id ?? '?'} of another stream while a history of ${BACKLOG} is replayed`,
      observed: 'it did not come in time',
      evidence: { id: id ?? null, blocked: 'other stream', seen_count: idsOf(other.subscription).length },
      exchanges: [other.subscription.number],
    });
    for (const reader of readers) {
      await reader.until(({ end }) => end !== null, attachBound(lab));
      const seen = idsOf(reader);
      const owed = owedFromOldest(lab, seen, BACKLOG);
      lab.expect(sameIds(seen, owed), () => ({
        ...wrongIds('replay-blocked', 'the whole history', seen, owed, [reader.number]),
        evidence: { blocked: 'replay', seen_count: seen.length, end: reader.end },
      }));
      await reader.close();
    }
  },
});

export const REPLAY: readonly Check[] = [
  replayExactlyOnce,
  resumeEachCursor,
  resumeAtBoundaries,
  cursorNumeric,
  replayComplete,
  replayFast,
  replayDoesNotBlock,
];
