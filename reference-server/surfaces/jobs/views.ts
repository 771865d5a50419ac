/** Bodies of answers about streams. Payloads are inserted as they were stored, never parsed. */
import type { StreamEvent } from '../../../spec/wire.ts';
import type { Seams, Views } from '../../seams.ts';
import type { Job, Page } from '../../stores/store.ts';
import { eventJson } from '../../streams/sse-frame.ts';
import { countTypes, type TypeCounts } from '../../streams/type-counts.ts';

/** S4's snapshot: whole events, the newest so many of a kind. */
const RECENT_CHUNKS = 50;
const RECENT_INSIGHTS = 20;

function list(job_id: string, events: readonly StreamEvent[]): string {
  return `[${events.map((event) => eventJson(job_id, event)).join(',')}]`;
}

function pollBody({ job, events }: Page, after: number): string {
  const next_cursor = events.at(-1)?.id ?? after;
  return (
    `{"job_id":${JSON.stringify(job.job_id)},"status":"${job.status}",` +
    `"events":${list(job.job_id, events)},"next_cursor":${next_cursor}}`
  );
}

function snapshotBody({ job, events }: Page, counts: TypeCounts): string {
  const ofType = (type: string): readonly StreamEvent[] => events.filter((event) => event.type === type);
  const metrics = ofType('metric_update').at(-1)?.payload_json ?? '{}';
  const head = JSON.stringify({
    job_id: job.job_id,
    status: job.status,
    application_id: job.application_id,
    last_event_id: job.last_event_id,
    event_count: job.last_event_id,
    chunk_count: counts.agent_chunk,
    insight_count: counts.insight_emitted,
  });
  return (
    `${head.slice(0, -1)},"metrics":${metrics},"events":${list(job.job_id, events)},` +
    `"recent_chunks":${list(job.job_id, ofType('agent_chunk').slice(-RECENT_CHUNKS))},` +
    `"recent_insights":${list(job.job_id, ofType('insight_emitted').slice(-RECENT_INSIGHTS))}}`
  );
}

function listBody(jobs: readonly Job[]): string {
  const entries = jobs.map(({ job_id, status, created_at_ms, last_event_id }) => {
    return { job_id, status, created_at: created_at_ms, last_event_id };
  });
  return JSON.stringify({ jobs: entries });
}

/** `countsOf` knows more than the kept events where the store prunes. */
export function createViews(parts: Pick<Seams, 'store'>, countsOf: (job_id: string) => TypeCounts | null): Views {
  return {
    poll: pollBody,
    list: listBody,
    async snapshot(job_id) {
      // One read: job and events are one moment.
      const page = await parts.store.read(job_id, 0, Infinity);
      if (page === null) return null;
      const pruned = page.job.first_kept_id > 1;
      return snapshotBody(page, (pruned ? countsOf(job_id) : null) ?? countTypes(page.events));
    },
  };
}
