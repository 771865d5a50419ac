/** RPL: the terminal event and what comes after it. */
import type { Defects } from './defect.ts';
import { kept, withCursors, withOpening, withPolicy, withReplay } from './reading.ts';
import { withEncoder, withWire } from './texts.ts';

export const ENDINGS: Defects = {
  'heartbeat-forever': {
    description: 'reconnecting after the end is answered with heartbeats for ever',
    breaks: 'RPL-19',
    apply: (seams) => withOpening(seams, 'finished', (_, cursor) => ({ kind: 'follow', after: cursor })),
  },
  'terminal-cursor-starts-over': {
    description: 'reconnecting with the terminal id replays the whole stream',
    breaks: 'RPL-03',
    apply: (seams) => withOpening(seams, 'finished', () => ({ kind: 'follow', after: 0 })),
  },
  'ahead-of-the-end-204': {
    description: 'a cursor beyond the terminal event is answered 204 like the terminal one',
    breaks: 'RPL-14',
    apply: (seams) =>
      withCursors(seams, (healthy) => ({
        open: (job, cursor) =>
          cursor !== null && cursor > job.last_event_id && job.status !== 'running'
            ? { kind: 'finished' }
            : healthy.open(job, cursor),
      })),
  },
  'no-content-at-tail': {
    description: 'a reader at the tail of a running stream gets 204, which stops an EventSource for good',
    breaks: 'RPL-18',
    apply: (seams) =>
      withCursors(seams, (healthy) => ({
        open: (job, cursor) =>
          cursor !== null && cursor > 0 && cursor === job.last_event_id
            ? { kind: 'finished' }
            : healthy.open(job, cursor),
      })),
  },
  'terminal-lost': {
    description: 'the terminal event is gone before a late reader can replay it',
    breaks: 'RPL-21',
    apply: (seams) =>
      withReplay(
        seams,
        (healthy) => async (job_id, after, limit) =>
          kept(
            await healthy.read(job_id, after, limit),
            (id, page) => page.job.status === 'running' || id !== page.job.last_event_id,
          ),
      ),
  },
  'event-after-terminal': {
    description: 'an event is sent after done',
    breaks: 'RPL-20',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) =>
          event.type === 'done'
            ? healthy.event(job_id, event) +
              healthy.event(job_id, { ...event, id: event.id + 1, type: 'job_status', payload_json: '{"late":true}' })
            : healthy.event(job_id, event),
      })),
  },
  'terminal-twice': {
    description: 'the terminal event is sent twice, under two ids',
    breaks: 'RPL-20',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) =>
          event.type === 'done'
            ? healthy.event(job_id, event) + healthy.event(job_id, { ...event, id: event.id + 1 })
            : healthy.event(job_id, event),
      })),
  },
  'stream-stays-open': {
    description: 'the stream is not ended after its terminal event',
    breaks: 'RPL-22',
    apply: (seams) => withPolicy(seams, { ends: () => false }),
  },
  'finished-200-empty': {
    description: 'reconnecting with the terminal id answers an empty stream instead of 204',
    breaks: 'RPL-17',
    apply: (seams) =>
      withWire(
        withOpening(seams, 'finished', (_, cursor) => ({ kind: 'follow', after: cursor })),
        (healthy) => ({
          open: (link, headers) => {
            healthy.open(link, headers);
            void seams.store.job(link.job_id).then((job) => {
              const { headers: sent, url = '' } = link.response.req;
              const cursor = sent['last-event-id'] ?? new URL(url, 'http://localhost').searchParams.get('after');
              if (job !== null && job.status !== 'running' && cursor === String(job.last_event_id)) healthy.end(link);
            });
          },
        }),
      ),
  },
};
