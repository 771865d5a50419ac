/** DUR: restart, durability, ownership. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMemoryLocks } from '../locks/memory.ts';
import type { Seams } from '../seams.ts';
import type { AppendOptions, AppendOutcome, Store } from '../stores/store.ts';
import type { NewEvent } from '../../spec/wire.ts';
import type { Defects } from './defect.ts';
import { override, withStore } from './override.ts';
import { withEncoder } from './texts.ts';

/** How long a defect leaves a window open that should not be there. */
const WINDOW_MS = 400;
const later = (work: () => void): void => {
  setTimeout(work, WINDOW_MS).unref();
};

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ids an append would get, given before anything is committed. */
function guessIds(store: Store): (job_id: string, count: number) => Promise<readonly number[]> {
  const promised = new Map<string, number>();
  return async (job_id, count) => {
    const tail = Math.max(promised.get(job_id) ?? 0, (await store.job(job_id))?.last_event_id ?? 0);
    promised.set(job_id, tail + count);
    return Array.from({ length: count }, (_, index) => tail + 1 + index);
  };
}

export const DURABILITY: Defects = {
  'ack-before-commit': {
    description: 'an append is acknowledged at once and committed 400 ms later',
    breaks: 'DUR-01',
    apply: (seams) => {
      const guess = guessIds(seams.store);
      return withStore(seams, (healthy) => ({
        append: async (job_id, events, options) => {
          const job = await healthy.job(job_id);
          if (job === null || job.status !== 'running' || options?.epoch !== undefined) {
            return healthy.append(job_id, events, options);
          }
          const ids = await guess(job_id, events.length);
          later(() => void healthy.append(job_id, events, options));
          return { kind: 'appended', ids, last_event_id: ids.at(-1) ?? job.last_event_id };
        },
      }));
    },
  },
  'dirty-fan-out': {
    description: 'readers see an event before it is committed; a crash in between gives its id to another',
    breaks: 'DUR-02',
    apply: (seams) => {
      const guess = guessIds(seams.store);
      let followers: Parameters<Seams['wake']['appended']>[0] | null = null;
      const wake = override(seams.wake, {
        polled: (all) => {
          followers = all;
          seams.wake.polled(all);
        },
        appended: (all, job_id, events) => {
          followers = all;
          seams.wake.appended(all, job_id, events);
        },
      });
      return {
        ...withStore(seams, (healthy) => ({
          append: async (job_id, events, options) => {
            const ids = await guess(job_id, events.length);
            followers?.accept(
              job_id,
              events.map((event, index) => ({ ...event, id: ids[index] ?? 0 })),
            );
            await new Promise<void>((resolve) => {
              later(resolve);
            });
            return healthy.append(job_id, events, options);
          },
        })),
        wake,
      };
    },
  },
  'write-only-store': {
    description: 'everything is stored and nothing read back: after a restart every stream is unknown',
    breaks: 'DUR-03',
    apply: (seams) => {
      const booted_ms = seams.clock.now_ms();
      return withStore(seams, (healthy) => ({
        job: async (job_id) => {
          const job = await healthy.job(job_id);
          return job === null || job.created_at_ms < booted_ms ? null : job;
        },
      }));
    },
  },
  'restart-answers-empty': {
    description: 'a restarted server remembers the ids of its streams alone and answers them 200 with nothing',
    breaks: 'DUR-04',
    apply: (seams, config) => {
      const ids = `${config.sqlite_path}.ids`;
      const before = new Set(existsSync(ids) ? readFileSync(ids, 'utf8').split('\n') : []);
      return {
        ...withStore(seams, (healthy) => ({
          create: async (job, idempotency) => {
            appendFileSync(ids, `${job.job_id}\n`);
            return healthy.create(job, idempotency);
          },
        })),
        access: override(seams.access, {
          missing: async (request) =>
            request.method === 'GET' && before.has(request.job_id ?? '')
              ? {
                  status: 200,
                  headers: { 'content-type': 'application/json; charset=utf-8' },
                  body: JSON.stringify({ job_id: request.job_id, status: 'running', events: [], next_cursor: 0 }),
                }
              : seams.access.missing(request),
        }),
      };
    },
  },
  'boot-scoped-ids': {
    description: 'ids count from the start of the process, so they begin again after a restart',
    breaks: 'DUR-05',
    apply: (seams) => {
      const base = new Map<string, number>();
      const booted_ms = seams.clock.now_ms();
      return withStore(
        withEncoder(seams, (healthy) => ({
          event: (job_id, event) => healthy.event(job_id, { ...event, id: event.id - (base.get(job_id) ?? 0) }),
        })),
        (healthy) => ({
          append: async (job_id, events, options) => {
            const job = await healthy.job(job_id);
            if (job !== null && job.created_at_ms < booted_ms && !base.has(job_id)) base.set(job_id, job.last_event_id);
            const outcome = await healthy.append(job_id, events, options);
            const shift = base.get(job_id) ?? 0;
            return 'ids' in outcome ? { ...outcome, ids: outcome.ids.map((id) => id - shift) } : outcome;
          },
        }),
      );
    },
  },
  'append-one-by-one': {
    description: 'a batch is stored event by event, so a crash leaves a part of it',
    breaks: 'DUR-06',
    apply: (seams) =>
      withStore(seams, (healthy) => ({
        append: async (job_id, events, options) => {
          const ids: number[] = [];
          let last: AppendOutcome = { kind: 'missing' };
          for (const event of events) {
            const { idempotency, ...rest } = options ?? {};
            const first: AppendOptions =
              ids.length === 0 && idempotency !== undefined ? { ...rest, idempotency } : rest;
            last = await healthy.append(job_id, [event], first);
            if (!('ids' in last)) return last;
            ids.push(...last.ids);
          }
          return 'ids' in last ? { ...last, ids } : last;
        },
      })),
  },
  'idempotency-in-memory': {
    description: 'Idempotency-Keys are kept in the memory of one process',
    breaks: 'DUR-07',
    apply: (seams) => {
      const answered = new Map<string, { readonly fingerprint: string; readonly outcome: Promise<AppendOutcome> }>();
      return withStore(seams, (healthy) => ({
        append: async (job_id: string, events: readonly NewEvent[], options?: AppendOptions) => {
          const { idempotency, ...rest } = options ?? {};
          if (idempotency === undefined) return healthy.append(job_id, events, rest);
          const name = `${job_id} ${idempotency.key}`;
          const first = answered.get(name);
          if (first !== undefined) {
            return first.fingerprint === idempotency.fingerprint ? first.outcome : { kind: 'conflict' };
          }
          const outcome = healthy.append(job_id, events, rest);
          answered.set(name, { fingerprint: idempotency.fingerprint, outcome });
          return outcome;
        },
      }));
    },
  },
  'idempotency-ignored': {
    description: 'an append repeated with its Idempotency-Key happens twice',
    breaks: 'DUR-07',
    apply: (seams) =>
      withStore(seams, (healthy) => ({
        append: (job_id, events, options) =>
          healthy.append(job_id, events, options?.epoch === undefined ? {} : { epoch: options.epoch }),
      })),
  },
  'idempotency-check-then-act': {
    description: 'an Idempotency-Key is looked up before and stored after, so appends at once all happen',
    breaks: 'DUR-08',
    apply: (seams) => {
      const under_way = new Set<string>();
      return withStore(seams, (healthy) => ({
        append: async (job_id, events, options) => {
          const { idempotency, ...rest } = options ?? {};
          if (idempotency === undefined) return healthy.append(job_id, events, rest);
          const name = `${job_id} ${idempotency.key}`;
          if (under_way.has(name)) return healthy.append(job_id, events, rest);
          under_way.add(name);
          try {
            return await healthy.append(job_id, events, options);
          } finally {
            under_way.delete(name);
          }
        },
      }));
    },
  },
  'idempotency-any-body': {
    description: 'an Idempotency-Key with another body answers the first result instead of 409',
    breaks: 'DUR-08',
    apply: (seams) => ({
      ...seams,
      appends: override(seams.appends, {
        claim: (principal, key, body) => ({ ...seams.appends.claim(principal, key, body), fingerprint: 'any' }),
      }),
    }),
  },
  'acks-swapped': {
    description: 'two appends under way at once get each other’s ids',
    breaks: 'DUR-09',
    apply: (seams) => {
      type Outcome = Extract<AppendOutcome, { ids: unknown }>;
      let waiting: { readonly job_id: string; swap(other: Outcome): Outcome } | null = null;
      return {
        ...seams,
        appends: override(seams.appends, {
          acknowledge: async (job_id, outcome) => {
            if (waiting !== null && waiting.job_id === job_id) {
              return seams.appends.acknowledge(job_id, waiting.swap(outcome));
            }
            const mine = await new Promise<Outcome>((resolve) => {
              const timer = setTimeout(() => {
                waiting = null;
                resolve(outcome);
              }, 15);
              waiting = {
                job_id,
                swap: (other) => {
                  clearTimeout(timer);
                  waiting = null;
                  resolve(other);
                  return outcome;
                },
              };
            });
            return seams.appends.acknowledge(job_id, mine);
          },
        }),
      };
    },
  },
  'start-not-idempotent': {
    description: 'a start repeated with its Idempotency-Key starts a second stream',
    breaks: 'DUR-10',
    apply: (seams) => withStore(seams, (healthy) => ({ create: (job) => healthy.create(job) })),
  },
  'start-check-then-act': {
    description:
      'a start’s Idempotency-Key is looked up before and stored after, so starts at once are all new streams',
    breaks: 'DUR-10',
    apply: (seams) => {
      const under_way = new Set<string>();
      return withStore(seams, (healthy) => ({
        create: async (job, idempotency) => {
          if (idempotency === undefined || under_way.has(idempotency.key)) return healthy.create(job);
          under_way.add(idempotency.key);
          try {
            await nextTurn();
            return await healthy.create(job, idempotency);
          } finally {
            under_way.delete(idempotency.key);
          }
        },
      }));
    },
  },
  'start-in-use-500': {
    description: 'a start whose Idempotency-Key another request is using is an internal error',
    breaks: 'DUR-10',
    apply: (seams) => {
      const under_way = new Set<string>();
      return withStore(seams, (healthy) => ({
        create: async (job, idempotency) => {
          if (idempotency === undefined) return healthy.create(job);
          if (under_way.has(idempotency.key)) throw new Error('UNIQUE constraint failed: starts.idempotency_key');
          under_way.add(idempotency.key);
          return healthy.create(job, idempotency).finally(() => under_way.delete(idempotency.key));
        },
      }));
    },
  },
  'zombie-status': {
    description: 'nobody takes over a stream whose owner died: it stays running for ever',
    breaks: 'DUR-11',
    apply: (seams) => ({ ...seams, producer: override(seams.producer, { candidates: async () => [] }) }),
  },
  'takeover-from-scratch': {
    description: 'a new owner begins the workload again instead of going on at the last persisted id',
    breaks: 'DUR-11',
    apply: (seams) => ({ ...seams, producer: override(seams.producer, { resume: () => 1 }) }),
  },
  'zombie-owner': {
    description: 'an owner that slept past its lease goes on writing, and nothing fences it',
    breaks: 'DUR-12',
    apply: (seams) => ({
      ...seams,
      locks: override(seams.locks, { renew: async () => true }),
      producer: override(seams.producer, { fence: () => undefined, expired: () => false }),
    }),
  },
  'epoch-not-raised': {
    description: 'a takeover produces under the epoch of the owner before it',
    breaks: 'DUR-13',
    apply: (seams) => ({
      ...seams,
      producer: override(seams.producer, {
        event: (spec, seq, stamp) => seams.producer.event(spec, seq, { ...stamp, epoch: 1 }),
      }),
    }),
  },
  'double-processing': {
    description: 'each instance has leases of its own, so two produce one stream',
    breaks: 'DUR-17',
    apply: (seams, config) => ({
      ...seams,
      locks: createMemoryLocks({ owner_id: config.instance_id, ttl_ms: config.lock_ttl_ms }),
      producer: override(seams.producer, { fence: () => undefined }),
    }),
  },
  'session-dies-with-instance': {
    description:
      'a stream is known by the instances its readers were on; when one died, who comes back does not find it',
    breaks: 'DUR-14',
    apply: (seams, config) => ({
      ...seams,
      access: override(seams.access, {
        find: async (principal, job_id, request) => {
          const session = `${config.sqlite_path}.session-${job_id}`;
          if (request.operation === 'stream') {
            if (request.headers['last-event-id'] === undefined) appendFileSync(session, `${process.pid}\n`);
            else if (
              existsSync(session) &&
              !readFileSync(session, 'utf8').trim().split('\n').map(Number).every(isAlive)
            ) {
              return null;
            }
          }
          return seams.access.find(principal, job_id, request);
        },
      }),
    }),
  },
  'half-frame-counts': {
    description: 'the id is sent in a block of its own before the event, so half a frame moves the cursor',
    breaks: 'DUR-16',
    apply: (seams) =>
      withEncoder(seams, (healthy) => ({
        event: (job_id, event) => healthy.event(job_id, event).replace(/^(id: \d+\n)/, '$1\n$1'),
      })),
  },
};
