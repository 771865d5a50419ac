/** Snapshots: one consistent moment. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { sameIds, wrongIds } from '../support/dense.ts';
import { owedFromOldest } from '../support/kept-history.ts';

/** More than a hot tail of 100. */
const BEFORE = 120;
const SNAPSHOTS = 12;

const consistent = defineCheck({
  id: 'snapshot-consistent',
  rows: ['RPL-10'],
  title: `Takes ${SNAPSHOTS} snapshots of a stream while events are appended to it`,
  needs: { operations: ['create', 'append', 'snapshot'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, lab.events(BEFORE));
    const taken_all = new AbortController();
    const appending = (async () => {
      while (!taken_all.signal.aborted) await lab.append(stream, lab.events(2));
    })();
    // Where the verdict comes first, nobody waits for it any more.
    appending.catch(() => undefined);
    try {
      for (let taken = 0; taken < SNAPSHOTS; taken += 1) {
        const { events, last_event_id, event_count, exchange } = await lab.snapshot(stream);
        const ids = events.map(({ id }) => id);
        lab.expect(ids.at(-1) === last_event_id && event_count === last_event_id, {
          reason: 'snapshot-torn',
          expected: `last_event_id and event_count of the newest event in it, ${ids.at(-1) ?? 0}`,
          observed: `last_event_id ${last_event_id}, event_count ${event_count}`,
          evidence: { newest: ids.at(-1) ?? null, last_event_id, event_count },
          exchanges: [exchange.number],
        });
        const owed = owedFromOldest(lab, ids, last_event_id);
        lab.expect(sameIds(ids, owed), () => ({
          ...wrongIds('snapshot-incomplete', 'every kept event', ids, owed, [exchange.number]),
          evidence: { newest: ids.at(-1) ?? null, first: ids[0] ?? null, count: ids.length, last_event_id },
        }));
      }
    } finally {
      taken_all.abort();
    }
    await appending;
  },
});

const CHUNKS = 60;
const INSIGHTS = 25;
const RECENT_CHUNKS = 50;
const RECENT_INSIGHTS = 20;

const recents = defineCheck({
  id: 'snapshot-recents',
  rows: ['RPL-30'],
  title: `Snapshots a stream of ${CHUNKS} chunks and ${INSIGHTS} insights`,
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['api-events'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, lab.events(CHUNKS));
    const insights = Array.from({ length: INSIGHTS }, (_, index) => ({
      type: 'insight_emitted',
      payload_json: JSON.stringify({ insight: index }),
    }));
    await lab.append(stream, insights);
    const { exchange } = await lab.snapshot(stream);
    const body = JSON.parse(exchange.body.toString()) as Record<string, unknown>;
    const lengthOf = (name: string): number => (Array.isArray(body[name]) ? body[name].length : -1);
    const seen = {
      recent_chunks: lengthOf('recent_chunks'),
      recent_insights: lengthOf('recent_insights'),
      chunk_count: Number(body['chunk_count'] ?? -1),
      insight_count: Number(body['insight_count'] ?? -1),
    };
    const newest = (body['recent_chunks'] as { id?: unknown }[] | undefined)?.at(-1)?.id ?? null;
    lab.expect(
      seen.recent_chunks === RECENT_CHUNKS &&
        seen.recent_insights === RECENT_INSIGHTS &&
        seen.chunk_count === CHUNKS &&
        seen.insight_count === INSIGHTS &&
        newest === CHUNKS,
      {
        reason: 'recents-wrong',
        expected: `the newest ${RECENT_CHUNKS} of ${CHUNKS} chunks and ${RECENT_INSIGHTS} of ${INSIGHTS} insights, as whole events`,
        observed: `${JSON.stringify(seen)}, newest chunk ${JSON.stringify(newest)}`,
        evidence: { ...seen },
        exchanges: [exchange.number],
      },
    );
  },
});

export const SNAPSHOT_CHECKS: readonly Check[] = [consistent, recents];
