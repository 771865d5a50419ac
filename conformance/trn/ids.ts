/** Which blocks carry an id. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import type { SseItem } from '../../harness/client/sse-event.ts';
import { canonicalJson } from '../../harness/oracle/canonical-json.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { arrives, followed } from '../support/followed.ts';

const BATCH = 6;

function contentOf(type: string, canonical_payload: string): string {
  return `${type} ${canonical_payload}`;
}

const eventIds = defineCheck({
  id: 'sse-event-ids',
  rows: ['TRN-09'],
  title: `Appends ${BATCH} events at once and reads the id: line of each`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    const batch = [...lab.events(BATCH - 1), lab.target.dialect.terminal];
    const ids = await lab.append(stream, batch);
    // What a server sends of its own carries no id, and rightly so.
    const appended = new Set(batch.map(({ type, payload_json }) => contentOf(type, canonicalJson(payload_json))));
    await using subscription = lab.subscribe(stream);
    await subscription.finished(lab.target.times.replay_ms);
    const some = subscription.items.some((item) => item.kind === 'event');
    lab.given(some, 'setup-subscribe', 'a reader of the batch was sent no event at all');
    const seen = subscription.items.flatMap((item, index) => {
      const reading = subscription.readings[index];
      if (reading?.kind !== 'event' || item.kind !== 'event') return [];
      if (item.has_id) return [item.last_event_id];
      return appended.has(contentOf(reading.event.type, reading.event.payload)) ? [null] : [];
    });
    const expected = ids.map(String);
    lab.expect(seen.length === expected.length && seen.every((id, index) => id === expected[index]), {
      reason: 'event-without-own-id',
      expected: `an id: line of its own on each event: ${expected.join(', ')}`,
      observed: `id lines ${seen.map((id) => id ?? '(none)').join(', ') || '(none: no event carried one)'}`,
      evidence: { stream: stream.id, expected, seen },
      exchanges: [subscription.number],
    });
  },
});

/** A block that is no event of the stream and yet sets the cursor. */
function movesCursor(item: SseItem): item is Exclude<SseItem, { kind: 'comment' }> {
  return item.kind !== 'comment' && item.has_id;
}

/** After so many intervals without one, there are none. */
const MISSED_BEATS = 3;

const heartbeatNoId = defineCheck({
  id: 'heartbeat-no-id',
  rows: ['TRN-08'],
  title: 'Watches the cursor of a reader while only heartbeats arrive',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['heartbeat'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  timeout_ms: ({ times }) => CHECK_TIMEOUT_MS + MISSED_BEATS * times.heartbeat_ms,
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    const cursor = subscription.last_event_id;
    const bytes = subscription.bytes_received;
    const from = subscription.items.length;
    // Bytes on a stream without events can only be a heartbeat, whatever its form.
    const beaten = await subscription.until(
      (now) => now.bytes_received > bytes && now.items.length > from,
      MISSED_BEATS * lab.target.times.heartbeat_ms,
    );
    // The next event completes a block that a heartbeat may have begun.
    const [next] = await lab.append(stream, lab.events(1));
    await arrives(subscription, next, lab.target.times.event_latency_ms);
    const items = subscription.items.slice(from);
    lab.given(beaten || items.length > 1, 'no-heartbeat', 'no heartbeat came while the stream was idle');
    const moved = items.find((item) => {
      const index = subscription.items.indexOf(item);
      return movesCursor(item) && subscription.readings[index]?.kind !== 'event';
    });
    const position = String(next);
    lab.expect(
      moved === undefined && (subscription.last_event_id === position || subscription.last_event_id === cursor),
      {
        reason: 'heartbeat-moves-cursor',
        expected: `the cursor ${cursor} until event ${position}: control-id blocks never move it`,
        observed: `a heartbeat set the cursor to ${moved !== undefined && moved.kind !== 'comment' ? moved.last_event_id : subscription.last_event_id}`,
        evidence: {
          cursor,
          id: moved !== undefined && moved.kind !== 'comment' ? moved.last_event_id : subscription.last_event_id,
          offset: moved?.start_offset ?? null,
        },
        exchanges: [subscription.number],
      },
    );
    lab.expect(
      subscription.events.every(({ id }) => id <= Number(position)),
      {
        reason: 'heartbeat-moves-cursor',
        expected: `no event beyond ${position}`,
        observed: `a heartbeat was read as event ${subscription.events.map(({ id }) => id).join(', ')}`,
        evidence: { seen: subscription.events.map(({ id }) => id) },
        exchanges: [subscription.number],
      },
    );
  },
});

export const IDS: readonly Check[] = [eventIds, heartbeatNoId];
