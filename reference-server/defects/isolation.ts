/** ISO: what another account can learn. */
import type { Access, RequestView, Seams } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';

const withAccess = (seams: Seams, change: (healthy: Access) => Partial<Access>): Seams => ({
  ...seams,
  access: override(seams.access, change(seams.access)),
});
/** The stream exists, though not for the one who asks. */
const exists = async (seams: Seams, request: RequestView): Promise<boolean> =>
  request.job_id !== null && (await seams.store.job(request.job_id)) !== null;
/** Answers requests for foreign streams in a way that tells them from unknown ones. */
const leaking = (
  seams: Seams,
  when: (request: RequestView) => boolean,
  answer: (request: RequestView) => ReturnType<Seams['failure']>,
): Seams =>
  withAccess(seams, (healthy) => ({
    missing: async (request) =>
      when(request) && (await exists(seams, request)) ? answer(request) : healthy.missing(request),
  }));

export const ISOLATION: Defects = {
  'foreign-session-403': {
    description: 'another account’s stream answers 403 where it should not exist',
    breaks: 'ISO-01',
    apply: (seams) =>
      leaking(
        seams,
        () => true,
        () => seams.failure('forbidden', 'This stream is not yours.'),
      ),
  },
  'existence-by-head': {
    description: 'HEAD on a foreign stream answers 200',
    breaks: 'ISO-02',
    apply: (seams) =>
      leaking(
        seams,
        (request) => request.method === 'HEAD',
        () => ({ status: 200, headers: {}, body: '' }),
      ),
  },
  'existence-by-allow': {
    description: 'a wrong method on a foreign stream answers 405 with Allow',
    breaks: 'ISO-02',
    apply: (seams) =>
      leaking(
        seams,
        (request) => request.operation === 'none',
        () => seams.failure('method_not_allowed', 'This path has no such method.', { headers: { allow: 'GET' } }),
      ),
  },
  'validated-before-access': {
    description: 'a bad body sent to a foreign stream answers 400',
    breaks: 'ISO-03',
    apply: (seams) =>
      leaking(
        seams,
        (request) => request.operation === 'append',
        () => seams.failure('bad_request', 'The body is not an event.'),
      ),
  },
  'conflict-before-access': {
    description: 'an append to a foreign stream answers 409',
    breaks: 'ISO-03',
    apply: (seams) =>
      leaking(
        seams,
        (request) => request.operation === 'append',
        () => seams.failure('conflict', 'The stream is busy.'),
      ),
  },
  'foreign-timing': {
    description: 'a foreign stream is refused 40 ms later than an unknown one',
    breaks: 'ISO-04',
    apply: (seams) =>
      withAccess(seams, (healthy) => ({
        missing: async (request) => {
          if (await exists(seams, request)) await new Promise((resolve) => setTimeout(resolve, 40));
          return healthy.missing(request);
        },
      })),
  },
  'foreign-subscribe': {
    description: 'any account may follow any stream',
    breaks: 'ISO-05',
    apply: (seams) =>
      withAccess(seams, (healthy) => ({
        find: (principal, job_id, request) =>
          request.operation === 'stream' ? seams.store.job(job_id) : healthy.find(principal, job_id, request),
      })),
  },
  'cross-account-replay': {
    description: 'a stolen cursor replays another account’s events',
    breaks: 'ISO-06',
    apply: (seams) =>
      withAccess(seams, (healthy) => ({
        find: (principal, job_id, request) =>
          request.headers['last-event-id'] === undefined && !request.query.has('after')
            ? healthy.find(principal, job_id, request)
            : seams.store.job(job_id),
      })),
  },
  'list-shows-all': {
    description: 'a list contains the streams of every account',
    breaks: 'ISO-07',
    apply: (seams) => {
      const accounts = new Set<string>();
      return {
        ...seams,
        store: override(seams.store, {
          findKey: async (secret_sha256) => {
            const key = await seams.store.findKey(secret_sha256);
            if (key !== null) accounts.add(key.account_id);
            return key;
          },
          list: async () => (await Promise.all([...accounts].map((account) => seams.store.list(account)))).flat(),
        }),
        authenticator: {
          authenticate: async (request) => {
            const principal = await seams.authenticator.authenticate(request);
            if (principal !== null) accounts.add(principal.account_id);
            return principal;
          },
        },
      };
    },
  },
  'ticket-existence-by-401': {
    description: 'a ticket on a foreign stream answers 401, on an unknown one 404',
    breaks: 'ISO-14',
    apply: (seams) =>
      leaking(
        seams,
        (request) => request.query.has('ticket'),
        () => seams.failure('unauthorized', 'This ticket opens another stream.'),
      ),
  },
  'idempotency-global': {
    description: 'an Idempotency-Key is one for all accounts and streams',
    breaks: 'ISO-17',
    apply: (seams) => {
      const answered = new Map<string, Awaited<ReturnType<Seams['store']['append']>>>();
      return {
        ...seams,
        store: override(seams.store, {
          append: async (job_id, events, options) => {
            const key = options?.idempotency?.key;
            const first = key === undefined ? undefined : answered.get(key);
            if (first !== undefined) return 'ids' in first ? { ...first, kind: 'repeated' } : first;
            const outcome = await seams.store.append(job_id, events, options);
            if (key !== undefined) answered.set(key, outcome);
            return outcome;
          },
        }),
      };
    },
  },
  'stranger-locks-owner-out': {
    description: 'after a stranger tried a stream, its owner is refused too',
    breaks: 'ISO-18',
    apply: (seams) => {
      const locked = new Set<string>();
      return withAccess(seams, (healthy) => ({
        find: async (principal, job_id, request) =>
          locked.has(job_id) ? null : healthy.find(principal, job_id, request),
        missing: async (request) => {
          if (request.job_id !== null && (await exists(seams, request))) locked.add(request.job_id);
          return healthy.missing(request);
        },
      }));
    },
  },
  'preflight-by-path': {
    description: 'a preflight for a stream that exists differs from one for a stream that does not',
    breaks: 'ISO-19',
    apply: (seams) => {
      const created = new Set<string>();
      return {
        ...seams,
        store: override(seams.store, {
          create: async (job, idempotency) => {
            created.add(job.job_id);
            return seams.store.create(job, idempotency);
          },
        }),
        outgoing: (answer, request) =>
          seams.outgoing(
            request.method === 'OPTIONS' && request.job_id !== null && created.has(request.job_id)
              ? { ...answer, headers: { ...answer.headers, 'x-stream': 'known' } }
              : answer,
            request,
          ),
      };
    },
  },
};
