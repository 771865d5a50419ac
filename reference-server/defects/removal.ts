/** DUR-18: streams that were removed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { NewJob } from '../stores/store.ts';
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
    description: 'a removed stream is restored from a copy when an instance starts',
    breaks: 'DUR-18',
    apply: (seams, config) => {
      const booted_ms = seams.clock.now_ms();
      const copyOf = (job_id: string): string => `${config.sqlite_path}.copy-${job_id}`;
      return withStore(seams, (healthy) => ({
        remove: async (job_id) => {
          const job = await healthy.job(job_id);
          if (job !== null) writeFileSync(copyOf(job_id), JSON.stringify({ ...job, removed_ms: seams.clock.now_ms() }));
          return healthy.remove(job_id);
        },
        job: async (job_id) => {
          const job = await healthy.job(job_id);
          if (job !== null || !existsSync(copyOf(job_id))) return job;
          const copy = JSON.parse(readFileSync(copyOf(job_id), 'utf8')) as NewJob & { readonly removed_ms: number };
          if (copy.removed_ms > booted_ms) return null;
          await healthy.create(copy);
          return healthy.job(job_id);
        },
      }));
    },
  },
};
