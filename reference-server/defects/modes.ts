/** RPL: the same history by polling, snapshot and list. */
import type { Seams, Views } from '../seams.ts';
import type { Page } from '../stores/store.ts';
import type { Defects } from './defect.ts';
import { override, withStore } from './override.ts';
import { editJson } from './texts.ts';

const withViews = (seams: Seams, change: (healthy: Views) => Partial<Views>): Seams => ({
  ...seams,
  views: override(seams.views, change(seams.views)),
});
const withSnapshot = (seams: Seams, edit: (body: Record<string, unknown>) => Record<string, unknown>): Seams =>
  withViews(seams, (healthy) => ({
    snapshot: async (job_id) => {
      const text = await healthy.snapshot(job_id);
      return text === null ? null : editJson(text, edit);
    },
  }));
/** Remembers the streams that this instance itself appended to. */
function appendedHere(seams: Seams): { readonly local: ReadonlySet<string>; readonly wake: Seams['wake'] } {
  const local = new Set<string>();
  const appended: Seams['wake']['appended'] = (followers, job_id, events) => {
    local.add(job_id);
    seams.wake.appended(followers, job_id, events);
  };
  return { local, wake: override(seams.wake, { appended }) };
}
const eventsOf = (body: Record<string, unknown>): Record<string, unknown>[] =>
  body['events'] as Record<string, unknown>[];

export const MODES: Defects = {
  'next-cursor-at-tail': {
    description: 'next_cursor is the tail of the stream instead of the last event returned',
    breaks: 'RPL-09',
    apply: (seams) =>
      withViews(seams, (healthy) => ({
        poll: (page, after) =>
          healthy.poll(page, after).replace(/"next_cursor":("?)\d+("?)/, `"next_cursor":$1${page.job.last_event_id}$2`),
      })),
  },
  'poll-skips-at-page-end': {
    description: 'a full page’s next_cursor is one too far',
    breaks: 'RPL-08',
    apply: (seams) =>
      withViews(seams, (healthy) => ({
        poll: (page, after) => {
          const last = page.events.at(-1)?.id ?? after;
          const more = last < page.job.last_event_id && page.events.length > 1;
          const text = healthy.poll(page, after);
          return more ? text.replace(/"next_cursor":("?)\d+("?)/, `"next_cursor":$1${last + 1}$2`) : text;
        },
      })),
  },
  'poll-drops-type': {
    description: 'polling filters metric_update events out as noise',
    breaks: 'RPL-08',
    apply: (seams) =>
      withViews(seams, (healthy) => ({
        poll: (page: Page, after) =>
          healthy.poll({ ...page, events: page.events.filter((event) => event.id % 7 !== 0) }, after),
      })),
  },
  'torn-snapshot': {
    description: 'a snapshot’s head and its events are read in two moments',
    breaks: 'RPL-10',
    apply: (seams) =>
      withViews(seams, (healthy) => ({
        snapshot: async (job_id) => {
          const first = await healthy.snapshot(job_id);
          await new Promise((resolve) => setTimeout(resolve, 30));
          const second = await healthy.snapshot(job_id);
          if (first === null || second === null) return null;
          const { last_event_id, event_count } = JSON.parse(second) as Record<string, unknown>;
          return editJson(first, (body) => ({ ...body, last_event_id, event_count }));
        },
      })),
  },
  'snapshot-status-late': {
    description: 'a snapshot’s status is read after its events',
    breaks: 'RPL-10',
    apply: (seams) =>
      withViews(seams, (healthy) => ({
        snapshot: async (job_id) => {
          const text = await healthy.snapshot(job_id);
          await new Promise((resolve) => setTimeout(resolve, 30));
          const job = await seams.store.job(job_id);
          return text === null || job === null ? null : editJson(text, (body) => ({ ...body, status: job.status }));
        },
      })),
  },
  'snapshot-rewrites-payload': {
    description: 'a snapshot shows payloads in another form than the stream',
    breaks: 'RPL-07',
    apply: (seams) =>
      withSnapshot(seams, (body) => ({
        ...body,
        events: eventsOf(body).map((event) => ({ ...event, payload: { value: event['payload'] } })),
      })),
  },
  'snapshot-from-hot-tail': {
    description: 'a snapshot knows only the last 100 events',
    breaks: 'RPL-10',
    apply: (seams) => withSnapshot(seams, (body) => ({ ...body, events: eventsOf(body).slice(-100) })),
  },
  'recent-chunks-unbounded': {
    description: 'recent_chunks holds every chunk ever sent',
    breaks: 'RPL-30',
    apply: (seams) =>
      withSnapshot(seams, (body) => ({
        ...body,
        recent_chunks: eventsOf(body).filter((event) => event['type'] === 'agent_chunk'),
      })),
  },
  'recent-chunks-without-payload': {
    description: 'recent_chunks holds the ids and types of the newest chunks alone',
    breaks: 'RPL-30',
    apply: (seams) =>
      withSnapshot(seams, (body) => ({
        ...body,
        recent_chunks: (body['recent_chunks'] as Record<string, unknown>[]).map(({ id, type }) => ({ id, type })),
      })),
  },
  'instance-local-history': {
    description: 'polling and snapshots know only what was appended through this instance',
    breaks: 'RPL-28',
    apply: (seams) => {
      const { local, wake } = appendedHere(seams);
      return {
        ...withViews(seams, (healthy) => ({
          poll: (page, after) => healthy.poll(local.has(page.job.job_id) ? page : { ...page, events: [] }, after),
          snapshot: async (job_id) => {
            const text = await healthy.snapshot(job_id);
            if (text === null || local.has(job_id)) return text;
            return editJson(text, (body) => ({ ...body, events: [], last_event_id: 0, event_count: 0 }));
          },
        })),
        wake,
      };
    },
  },
  'instance-local-list': {
    description: 'a list knows only the streams that were appended to through this instance',
    breaks: 'RPL-28',
    apply: (seams) => {
      const { local, wake } = appendedHere(seams);
      return {
        ...withViews(seams, (healthy) => ({
          list: (jobs) => healthy.list(jobs.filter(({ job_id }) => local.has(job_id))),
        })),
        wake,
      };
    },
  },
  'stale-second-instance': {
    description: 'an instance serves the history it loaded first and never more',
    breaks: 'RPL-28',
    apply: (seams) => {
      const loaded = new Map<string, Page>();
      return withViews(seams, (healthy) => ({
        poll: (page, after) => {
          const first = loaded.get(page.job.job_id);
          if (first === undefined) loaded.set(page.job.job_id, page);
          const stale = first ?? page;
          return healthy.poll({ ...stale, events: stale.events.filter((event) => event.id > after) }, after);
        },
      }));
    },
  },
  'long-poll-forgets': {
    description: 'a long poll answers an empty page although an event came while it waited',
    breaks: 'RPL-12',
    apply: (seams) =>
      withViews(seams, (healthy) => ({
        poll: (page, after) => healthy.poll(page.events.length === 1 ? { ...page, events: [] } : page, after),
      })),
  },
  'long-poll-dozes': {
    description: 'a long poll looks for events again only after a second and a half',
    breaks: 'RPL-12',
    apply: (seams) => {
      const empty = new Set<string>();
      return withStore(seams, (healthy) => ({
        read: async (job_id, after, limit) => {
          const place = `${job_id} ${String(after)}`;
          if (empty.delete(place)) await new Promise((resolve) => setTimeout(resolve, 1_500));
          const page = await healthy.read(job_id, after, limit);
          if (page?.events.length === 0) empty.add(place);
          return page;
        },
      }));
    },
  },
  'poll-ahead-is-empty': {
    description: 'a poll from beyond the tail is answered with an empty page, for ever',
    breaks: 'RPL-14',
    apply: (seams) => ({
      ...seams,
      outgoing: (answer, request) => {
        const ahead = request.path.endsWith('/events') && request.query.has('after') && answer.status === 409;
        const body = `{"status":"running","events":[],"next_cursor":${request.query.get('after') ?? ''}}`;
        return seams.outgoing(ahead ? { ...answer, status: 200, body } : answer, request);
      },
    }),
  },
  'poll-cursor-starts-over': {
    description: 'a poll after what is no number starts from the oldest event',
    breaks: 'RPL-16',
    apply: (seams) => ({
      ...seams,
      authenticator: {
        authenticate: (request) => {
          if (Number.isNaN(Number(request.query.get('after') ?? '0'))) request.query.set('after', '0');
          return seams.authenticator.authenticate(request);
        },
      },
    }),
  },
  'limits-unchecked': {
    description: 'limit and wait_ms outside their range are answered with an empty page',
    breaks: 'RPL-29',
    apply: (seams) => ({
      ...seams,
      outgoing: (answer, request) => {
        const ranged = request.query.has('limit') || request.query.has('wait_ms');
        return seams.outgoing(
          request.path.endsWith('/events') && answer.status === 400 && ranged
            ? { ...answer, status: 200, body: '{"status":"running","events":[],"next_cursor":0}' }
            : answer,
          request,
        );
      },
    }),
  },
};
