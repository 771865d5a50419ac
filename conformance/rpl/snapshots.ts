/** Snapshots: one consistent moment. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { SnapshotAnswer } from '../../harness/dialects/dialect.ts';
import type { Lab } from '../../harness/lab.ts';
import { compact, range, sameIds, wrongIds } from '../support/dense.ts';
import { keeps, owedFromOldest } from '../support/kept-history.ts';

/** More than a hot tail of 100. */
const BEFORE = 120;
const SNAPSHOTS = 12;

const ENDINGS = 3;
const AT_ONCE = 4;

/** The status that goes with the terminal event goes with no snapshot that lacks it, taken while the stream ends. */
async function endsInOneMoment(lab: Lab): Promise<void> {
  const stream = await lab.start();
  await lab.append(stream, lab.events(2));
  const during = Array.from({ length: AT_ONCE }, () => lab.snapshot(stream));
  await Promise.all([lab.append(stream, [lab.target.dialect.terminal]), ...during]);
  const after = await lab.snapshot(stream);
  const hasEnd = ({ events }: SnapshotAnswer): boolean => events.some((event) => event.terminal);
  lab.given(hasEnd(after), 'no-terminal', 'a snapshot of an ended stream holds no terminal event');
  for (const taken of await Promise.all(during)) {
    lab.expect(hasEnd(taken) || taken.status !== after.status, {
      reason: 'snapshot-torn',
      expected: `status ${after.status} together with the terminal event ${after.last_event_id}`,
      observed: `status ${taken.status} and events up to ${taken.events.at(-1)?.id ?? 0}`,
      evidence: { status: taken.status, newest: taken.events.at(-1)?.id ?? null, terminal: after.last_event_id },
      exchanges: [taken.exchange.number],
    });
  }
}

const consistent = defineCheck({
  id: 'snapshot-consistent',
  rows: ['RPL-10'],
  title: `Takes ${SNAPSHOTS} snapshots of a stream while events are appended to it, and more while others end`,
  needs: { operations: ['create', 'append', 'snapshot'] },
  isolation: 'shared',
  costs: { streams: 1 + ENDINGS, connections: AT_ONCE + 3 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, lab.events(BEFORE));
    const taken_all = new AbortController();
    const appending = (async () => {
      while (!taken_all.signal.aborted) await lab.append(stream, lab.events(2));
    })();
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
    for (let ended = 0; ended < ENDINGS; ended += 1) await endsInOneMoment(lab);
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
    // [src] names it `event_id` here; in what order they stand nobody says.
    ids: entries.map((entry) => Number(entry?.['id'] ?? entry?.['event_id'])).toSorted((one, other) => one - other),
    not_whole: entries.filter((entry) => entry?.['type'] !== type || typeof entry['payload'] !== 'object').length,
  };
}

const CHUNKS = 60;
const INSIGHTS = 25;
const RECENT_CHUNKS = 50;
const RECENT_INSIGHTS = 20;

/** Some, no more than may be, and none left out up to the newest. */
function areNewest(ids: readonly number[], newest: number, at_most: number): boolean {
  return ids.length > 0 && ids.length <= at_most && sameIds(ids, range(newest - ids.length + 1, newest));
}

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
    lab.expect(
      seen.chunk_count === CHUNKS &&
        seen.insight_count === INSIGHTS &&
        seen.not_whole === 0 &&
        areNewest(chunks.ids, CHUNKS, RECENT_CHUNKS) &&
        areNewest(recent_insights.ids, CHUNKS + INSIGHTS, RECENT_INSIGHTS),
      {
        reason: 'recents-wrong',
        expected: `the newest of ${CHUNKS} chunks, at most ${RECENT_CHUNKS}, and of ${INSIGHTS} insights, at most ${RECENT_INSIGHTS}, as whole events`,
        observed: `${JSON.stringify(seen)}, chunks ${compact(chunks.ids)}, insights ${compact(recent_insights.ids)}`,
        evidence: { ...seen },
        exchanges: [exchange.number],
      },
    );
  },
});

export const SNAPSHOT_CHECKS: readonly Check[] = [consistent, recents];
