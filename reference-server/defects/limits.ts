/** LIM: limits, bad input, stalled readers. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ErrorCode } from '../../spec/errors.ts';
import type { Answer, RequestView, Seams, SubscriptionPolicy } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';
import { withWire } from './texts.ts';

const withPolicy = (seams: Seams, change: Partial<SubscriptionPolicy>): Seams => ({
  ...seams,
  subscription: override(seams.subscription, change),
});
/** Changes answers that are no streams on their way out. */
const withAnswers = (seams: Seams, change: (answer: Answer, request: RequestView) => Answer): Seams => ({
  ...seams,
  outgoing: (answer, request) => seams.outgoing(change(answer, request), request),
});
const without = (headers: Answer['headers'], name: string): Answer['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key.toLowerCase() !== name));

/** Frames of this size and more count as large. */
const SHARED_BUFFER_BYTES = 65_536;

const OPENING_BRACKET = 0x5b;
const isComplete = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'type' in event && 'payload' in event;

/** One failure answered as another. */
const withFailure = (seams: Seams, code: ErrorCode, as: ErrorCode): Seams => ({
  ...seams,
  failure: (found, message, extra) => seams.failure(found === code ? as : found, message, extra),
});

export const LIMITS: Defects = {
  'unknown-is-empty': {
    description: 'an unknown stream answers 200 with status unknown',
    breaks: 'LIM-01',
    apply: (seams) => ({
      ...seams,
      access: override(seams.access, {
        missing: async (request) =>
          request.operation === 'snapshot' || request.operation === 'events'
            ? {
                status: 200,
                headers: { 'content-type': 'application/json; charset=utf-8' },
                body: JSON.stringify({ job_id: request.job_id, status: 'unknown', events: [], next_cursor: 0 }),
              }
            : seams.access.missing(request),
      }),
    }),
  },
  'bad-batch-stored-in-part': {
    description: 'a batch with a bad event is stored without it',
    breaks: 'LIM-02',
    apply: (seams) => ({
      ...seams,
      appends: override(seams.appends, {
        parse: (body) => {
          if (body[0] !== OPENING_BRACKET) return seams.appends.parse(body);
          const list = JSON.parse(body.toString()) as readonly unknown[];
          const good = list.filter((event) => isComplete(event));
          return seams.appends.parse(Buffer.from(JSON.stringify(good)));
        },
      }),
    }),
  },
  'append-after-terminal': {
    description: 'an append after the terminal event is answered 201 and dropped',
    breaks: 'LIM-03',
    apply: (seams) => ({
      ...seams,
      store: override(seams.store, {
        append: async (job_id, events, options) => {
          const outcome = await seams.store.append(job_id, events, options);
          if (outcome.kind !== 'finished') return outcome;
          const last_event_id = (await seams.store.job(job_id))?.last_event_id ?? 0;
          return { kind: 'appended', ids: events.map((_, index) => last_event_id + 1 + index), last_event_id };
        },
      }),
    }),
  },
  'large-body-500': {
    description: 'a body over the limit answers 500',
    breaks: 'LIM-04',
    apply: (seams) => withAnswers(seams, (answer) => (answer.status === 413 ? { ...answer, status: 500 } : answer)),
  },
  'large-head-400': {
    description: 'a head over the limit answers 400',
    breaks: 'LIM-05',
    apply: (seams) => withFailure(seams, 'headers_too_large', 'bad_request'),
  },
  'slow-request-400': {
    description: 'a request that does not arrive in time answers 400',
    breaks: 'LIM-09',
    apply: (seams) => withFailure(seams, 'timeout', 'bad_request'),
  },
  'slot-leaked': {
    description: 'once an account was refused a stream, its slots are never given back',
    breaks: 'LIM-06',
    apply: (seams) => {
      const refused = new Set<string>();
      return {
        ...seams,
        limits: override(seams.limits, {
          openStream: (account_id) => {
            const release = seams.limits.openStream(account_id);
            if (release === null) {
              refused.add(account_id);
              return null;
            }
            return () => {
              if (!refused.has(account_id)) release();
            };
          },
        }),
      };
    },
  },
  'slots-shared-by-accounts': {
    description: 'open streams are counted over all accounts together',
    breaks: 'LIM-07',
    apply: (seams) => ({
      ...seams,
      limits: override(seams.limits, { openStream: () => seams.limits.openStream('everybody') }),
    }),
  },
  'slots-survive-their-process': {
    description: 'open streams are counted in a file, and a killed process never counts down',
    breaks: 'LIM-08',
    apply: (seams, config) => {
      const file = `${config.sqlite_path}.slots-${config.port}.json`;
      const load = (): Record<string, number> => {
        try {
          return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
        } catch {
          return {};
        }
      };
      const add = (account_id: string, change: number): number => {
        const counts = load();
        const count = Math.max(0, (counts[account_id] ?? 0) + change);
        writeFileSync(file, JSON.stringify({ ...counts, [account_id]: count }));
        return count;
      };
      return {
        ...seams,
        limits: override(seams.limits, {
          openStream: (account_id) => {
            if (add(account_id, 1) <= config.open_streams_per_account) return () => add(account_id, -1);
            add(account_id, -1);
            return null;
          },
        }),
      };
    },
  },
  'stall-never-noticed': {
    description: 'a reader that takes nothing is kept for ever',
    breaks: 'LIM-10',
    apply: (seams) => withPolicy(seams, { stalled: () => false }),
  },
  'heartbeat-defeats-stall': {
    description: 'every heartbeat that is due counts as progress of a dead reader',
    breaks: 'LIM-10',
    apply: (seams, config) => {
      const seen = new WeakMap<object, number>();
      return withPolicy(seams, {
        stalled: (reader, now_ms) => {
          const since = seen.get(reader) ?? now_ms;
          seen.set(reader, now_ms);
          return now_ms - since > config.stall_limit_ms;
        },
      });
    },
  },
  'trickle-reader': {
    description: 'progress is judged over the life of a connection, so what was taken early pays for a trickle',
    breaks: 'LIM-11',
    apply: (seams) => withPolicy(seams, { progressed: (reader) => reader.accepted_bytes > 0 }),
  },
  'stall-cuts-idle': {
    description: 'the stall limit cuts readers of quiet streams',
    breaks: 'LIM-12',
    apply: (seams) => withPolicy(seams, { progressed: (reader) => reader.accepted_bytes > reader.progress_bytes }),
  },
  'stalled-reader-delays-acks': {
    description: 'an append is acknowledged when every reader of the stream has taken it',
    breaks: 'LIM-13',
    apply: (seams) => {
      const pending = new Map<string, Set<Promise<void>>>();
      return withWire(
        {
          ...seams,
          appends: override(seams.appends, {
            acknowledge: async (job_id, outcome) => {
              await Promise.all([...(pending.get(job_id) ?? [])]);
              return seams.appends.acknowledge(job_id, outcome);
            },
          }),
        },
        (healthy) => ({
          send: (link, block, done) => {
            const writes = pending.get(link.job_id) ?? new Set();
            pending.set(link.job_id, writes);
            const taken = new Promise<void>((resolve) => {
              healthy.send(link, block, (error) => {
                resolve();
                done(error);
              });
            });
            writes.add(taken);
            void taken.then(() => writes.delete(taken));
          },
        }),
      );
    },
  },
  'stalled-reader-blocks-all': {
    description: 'large frames go out through one shared buffer, so a reader that takes nothing stops the others',
    breaks: 'LIM-13',
    apply: (seams) => {
      let turn: Promise<void> = Promise.resolve();
      return withWire(seams, (healthy) => ({
        send: (link, block, done) => {
          if (block.body.byteLength < SHARED_BUFFER_BYTES) {
            healthy.send(link, block, done);
            return;
          }
          turn = turn.then(
            () =>
              new Promise<void>((resolve) => {
                healthy.send(link, block, (error) => {
                  resolve();
                  done(error);
                });
              }),
          );
        },
      }));
    },
  },
  'stalled-memory': {
    description: 'what a stalled reader does not take is queued without bound',
    breaks: 'LIM-14',
    apply: (seams) =>
      withPolicy(
        withWire(seams, (healthy) => ({
          send: (link, block, done) => {
            healthy.send(link, { ...block, chunked: Buffer.from(block.chunked) }, () => undefined);
            setImmediate(done);
          },
        })),
        { stalled: () => false },
      ),
  },
  'plain-text-errors': {
    description: 'errors are plain text',
    breaks: 'LIM-15',
    apply: (seams) =>
      withAnswers(seams, (answer) =>
        answer.status >= 400
          ? {
              ...answer,
              headers: { ...without(answer.headers, 'content-type'), 'content-type': 'text/plain' },
              body: 'error',
            }
          : answer,
      ),
  },
  'no-retry-after': {
    description: '429 and 503 do not say when to come back',
    breaks: 'LIM-16',
    apply: (seams) => withAnswers(seams, (answer) => ({ ...answer, headers: without(answer.headers, 'retry-after') })),
  },
  'wrong-method-404': {
    description: 'a wrong method on one’s own stream answers 404',
    breaks: 'LIM-17',
    apply: (seams) =>
      withAnswers(seams, (answer) =>
        answer.status === 405
          ? { ...seams.failure('not_found', 'There is no such path.'), headers: without(answer.headers, 'allow') }
          : answer,
      ),
  },
  'synthetic-takes-appends': {
    description: 'an append to a synthetic stream is acknowledged',
    breaks: 'LIM-18',
    apply: (seams) =>
      withAnswers(seams, (answer, request) =>
        request.operation === 'append' && answer.status === 409 && answer.body.includes('synthetic')
          ? { ...answer, status: 201, body: '{"ids":[1],"last_event_id":1}' }
          : answer,
      ),
  },
  'storm-skips-replay': {
    description: 'when many resume a stream again and again, some are attached at the tail without their replay',
    breaks: 'LIM-19',
    apply: (seams) => {
      const resumed = new Map<string, number>();
      return {
        ...seams,
        cursors: override(seams.cursors, {
          open: (job, cursor) => {
            const opening = seams.cursors.open(job, cursor);
            if (opening.kind !== 'follow' || job.status !== 'running' || cursor === null) return opening;
            const count = (resumed.get(job.job_id) ?? 0) + 1;
            resumed.set(job.job_id, count);
            return count % 97 === 0 ? { kind: 'follow', after: job.last_event_id } : opening;
          },
        }),
      };
    },
  },
};
