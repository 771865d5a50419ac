/** Snapshots: one consistent moment. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { compact, range, sameIds, wrongIds } from '../support/dense.ts';
import { keeps, owedFromOldest } from '../support/kept-history.ts';

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

interface Recent {
  readonly ids: readonly number[];
  /** Entries without the type or the payload of the event. */
  readonly not_whole: number;
}

function recentOf(list: unknown, type: string): Recent {
  const entries = Array.isArray(list) ? (list as readonly (Readonly<Record<string, unknown>> | null)[]) : [];
  return {
    ids: entries.map((entry) => Number(entry?.['id'] ?? Number.NaN)),
    not_whole: entries.filter((entry) => entry?.['type'] !== type || typeof entry['payload'] !== 'object').length,
  };
}

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
    keeps(lab, CHUNKS + INSIGHTS);
    const stream = await lab.start();
    await lab.append(stream, lab.events(CHUNKS));
    const insights = Array.from({ length: INSIGHTS }, (_, index) => ({
      type: 'insight_emitted',
      payload_json: JSON.stringify({ insight: index }),
    }));
    await lab.append(stream, insights);
    const { exchange } = await lab.snapshot(stream);
    const body = JSON.parse(exchange.body.toString()) as Record<string, unknown>;
    const chunks = recentOf(body['recent_chunks'], 'agent_chunk');
    const recent_insights = recentOf(body['recent_insights'], 'insight_emitted');
    const seen = {
      recent_chunks: chunks.ids.length,
      recent_insights: recent_insights.ids.length,
      chunk_count: Number(body['chunk_count'] ?? -1),
      insight_count: Number(body['insight_count'] ?? -1),
      not_whole: chunks.not_whole + recent_insights.not_whole,
    };
    const last = CHUNKS + INSIGHTS;
    lab.expect(
      seen.chunk_count === CHUNKS &&
        seen.insight_count === INSIGHTS &&
        seen.not_whole === 0 &&
        sameIds(chunks.ids, range(CHUNKS - RECENT_CHUNKS + 1, CHUNKS)) &&
        sameIds(recent_insights.ids, range(last - RECENT_INSIGHTS + 1, last)),
      {
        reason: 'recents-wrong',
        expected: `the newest ${RECENT_CHUNKS} of ${CHUNKS} chunks and ${RECENT_INSIGHTS} of ${INSIGHTS} insights, as whole events`,
        observed: `${JSON.stringify(seen)}, chunks ${compact(chunks.ids)}, insights ${compact(recent_insights.ids)}`,
        evidence: { ...seen },
        exchanges: [exchange.number],
      },
    );
  },
});

export const SNAPSHOT_CHECKS: readonly Check[] = [consistent, recents];
