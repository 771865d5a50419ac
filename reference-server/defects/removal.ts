/** DUR-18: streams that were removed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Defects } from './defect.ts';
import { override, withStore } from './override.ts';

export const REMOVAL: Defects = {
  'remove-is-local': {
    description: 'a removed stream is hidden by the instance that removed it and returns everywhere else',
    breaks: 'DUR-18',
    apply: (seams) => {
      const hidden = new Set<string>();
      return withStore(seams, (healthy) => ({
        remove: async (job_id) => {
          hidden.add(job_id);
          return (await healthy.job(job_id)) !== null;
        },
        job: async (job_id) => (hidden.has(job_id) ? null : healthy.job(job_id)),
      }));
    },
  },
  'removed-still-polled': {
    description: 'polls of a removed stream are answered an empty page by the instance that removed it',
    breaks: 'DUR-18',
    apply: (seams) => {
      const removed = new Set<string>();
      return {
        ...withStore(seams, (healthy) => ({
          remove: async (job_id) => {
            removed.add(job_id);
            return healthy.remove(job_id);
          },
        })),
        outgoing: (answer, request) => {
          const polled = request.operation === 'events' && request.method === 'GET';
          return seams.outgoing(
            polled && removed.has(request.job_id ?? '')
              ? { ...answer, status: 200, body: '{"status":"running","events":[],"next_cursor":0}' }
              : answer,
            request,
          );
        },
      };
    },
  },
  'remove-keeps-readers': {
    description: 'open readers of a removed stream stay attached',
    breaks: 'DUR-18',
    apply: (seams) => ({
      ...seams,
      wake: override(seams.wake, { removed: () => undefined, hinted: () => undefined, polled: () => undefined }),
    }),
  },
  'removal-forgotten-at-boot': {
    description: 'a removed stream is there again, empty, once an instance starts anew',
    breaks: 'DUR-18',
    apply: (seams, config) => {
      const booted_ms = seams.clock.now_ms();
      const noteOf = (job_id: string): string => `${config.sqlite_path}.removed-${job_id}`;
      return {
        ...withStore(seams, (healthy) => ({
          remove: async (job_id) => {
            writeFileSync(noteOf(job_id), String(seams.clock.now_ms()));
            return healthy.remove(job_id);
          },
        })),
        outgoing: (answer, request) => {
          const note = noteOf(request.job_id ?? '');
          const is_back = answer.status === 404 && existsSync(note) && Number(readFileSync(note, 'utf8')) < booted_ms;
          return seams.outgoing(
            is_back ? { ...answer, status: 200, body: '{"status":"running","events":[]}' } : answer,
            request,
          );
        },
      };
    },
  },
};
