/** OPS: health, metrics, drain, CORS. */
import type { Seams } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';
import { withEncoder, withWire } from './texts.ts';

const withLifecycle = (seams: Seams, change: Partial<Seams['lifecycle']>): Seams => ({
  ...seams,
  lifecycle: override(seams.lifecycle, change),
});
const withMetrics = (seams: Seams, edit: (text: string) => string): Seams => ({
  ...seams,
  exposition: async () => edit(await seams.exposition()),
});

export const OPERATIONS: Defects = {
  'unhealthy-at-rest': {
    description: 'healthz answers 503 while nothing is streamed',
    breaks: 'OPS-01',
    apply: (seams) => ({
      ...seams,
      outgoing: (answer, request) =>
        seams.outgoing(request.operation === 'healthz' ? { ...answer, status: 503 } : answer, request),
    }),
  },
  'unready-while-used': {
    description: 'readyz answers 503 while a reader is attached',
    breaks: 'OPS-02',
    apply: (seams) => {
      let readers = 0;
      return withLifecycle(
        withWire(seams, (healthy) => ({
          open: (link, headers) => {
            readers += 1;
            link.socket.once('close', () => {
              readers -= 1;
            });
            healthy.open(link, headers);
          },
        })),
        { ready: async (state) => readers === 0 && (await seams.lifecycle.ready(state)) },
      );
    },
  },
  'ready-while-draining': {
    description: 'readyz answers 200 while the instance drains',
    breaks: 'OPS-02',
    apply: (seams) => withLifecycle(seams, { ready: async () => true }),
  },
  'drain-closes-store': {
    description: 'SIGTERM closes the store under live streams and cuts them',
    breaks: 'OPS-03',
    apply: (seams) => {
      let closed = false;
      const store = override(seams.store, {
        close: async () => {
          closed = true;
          await seams.store.close();
        },
      });
      return withLifecycle(
        withWire({ ...seams, store }, (healthy) => ({
          end: (link) => {
            if (closed) link.socket.resetAndDestroy();
            else healthy.end(link);
          },
        })),
        { drain_order: ['store', 'unready', 'producers', 'polls', 'streams', 'listener', 'locks'] },
      );
    },
  },
  'no-retry-hint': {
    description: 'a draining stream ends without a retry: block',
    breaks: 'OPS-04',
    apply: (seams) => withEncoder(seams, () => ({ retry: () => ': bye\n\n' })),
  },
  'retry-hint-with-id': {
    description: 'the retry: block of a draining stream carries an id that moves the cursor',
    breaks: 'OPS-04',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({ retry: (retry_ms) => `id: 999999\n${healthy.retry(retry_ms)}` })),
  },
  'metrics-missing': {
    description: 'the exposition lacks replay duration and queue depth',
    breaks: 'OPS-05',
    apply: (seams) =>
      withMetrics(seams, (text) =>
        text
          .split('\n')
          .filter((line) => !/replay_duration|queue_depth/.test(line))
          .join('\n'),
      ),
  },
  'metrics-frozen': {
    description: 'the series are there and never move',
    breaks: 'OPS-06',
    apply: (seams) => withMetrics(seams, (text) => text.replace(/^([a-z_]+(?:\{[^}]*\})?) .+$/gm, '$1 0')),
  },
  'cors-any-origin': {
    description: 'a preflight allows every origin',
    breaks: 'OPS-07',
    apply: (seams) => ({
      ...seams,
      cors: (request, preflight) => ({
        ...seams.cors(request, preflight),
        'access-control-allow-origin': '*',
        ...(preflight ? { 'access-control-allow-headers': 'Authorization, Last-Event-ID, X-Client-Id' } : {}),
      }),
    }),
  },
  'cors-without-last-event-id': {
    description: 'a preflight does not allow Last-Event-ID',
    breaks: 'OPS-07',
    apply: (seams) => ({
      ...seams,
      cors: (request, preflight) =>
        Object.fromEntries(
          Object.entries(seams.cors(request, preflight)).map(([name, value]) => [
            name,
            value.replace(/last-event-id,?\s*/i, ''),
          ]),
        ),
    }),
  },
  'no-recovery': {
    description: 'after its first restart an instance refuses every append',
    breaks: 'OPS-08',
    apply: (seams) => {
      const booted_ms = seams.clock.now_ms();
      return {
        ...seams,
        store: override(seams.store, {
          append: async (job_id, events, options) => {
            const job = await seams.store.job(job_id);
            // A stream from before this process was started tells that this is no first start.
            const restarted = job !== null && job.created_at_ms < booted_ms;
            return restarted ? { kind: 'missing' } : seams.store.append(job_id, events, options);
          },
        }),
      };
    },
  },
  'blocked-loop': {
    description: 'a large batch of events blocks the event loop for a second and a half',
    breaks: 'OPS-09',
    apply: (seams) => ({
      ...seams,
      appends: override(seams.appends, {
        parse: (body) => {
          const drafts = seams.appends.parse(body);
          if (body.byteLength > 500_000 && drafts.length > 1) {
            const until_ms = seams.clock.monotonic_ms() + 1_500;
            while (seams.clock.monotonic_ms() < until_ms);
          }
          return drafts;
        },
      }),
    }),
  },
};
