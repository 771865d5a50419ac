/** ISO: what another account can learn. */
import { appendFileSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Access, Principal, RequestView, Seams } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';
import { withWire } from './texts.ts';

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
  'open-stream-behind-auth': {
    description: 'starting asks for a key, reading anybody’s stream does not',
    breaks: 'ISO-08',
    apply: (seams) => ({
      ...seams,
      authenticator: {
        authenticate: async (request) => {
          const principal = await seams.authenticator.authenticate(request);
          const reading = request.operation === 'stream' || request.operation === 'snapshot';
          if (principal !== null || !reading || request.job_id === null) return principal;
          const job = await seams.store.job(request.job_id);
          return job === null ? null : { account_id: job.account_id, api_key_id: 'anyone', ticket_job_id: null };
        },
      },
    }),
  },
  'auth-cached-per-socket': {
    description: 'a connection keeps the identity of its first request',
    breaks: 'ISO-09',
    apply: (seams) => {
      const known = new WeakMap<Socket, Principal>();
      return {
        ...seams,
        authenticator: {
          authenticate: async (request) => {
            const principal = known.get(request.socket) ?? (await seams.authenticator.authenticate(request));
            if (principal !== null) known.set(request.socket, principal);
            return principal;
          },
        },
      };
    },
  },
  'revoked-keeps-streaming': {
    description: 'a revoked key opens nothing new, but keeps its open streams',
    breaks: 'ISO-10',
    apply: (seams) => ({
      ...seams,
      revocations: override(seams.revocations, { watch: () => () => undefined }),
    }),
  },
  'revoked-at-next-event': {
    description: 'a revoked key’s stream ends only when the next event is sent',
    breaks: 'ISO-10',
    apply: (seams) => {
      const ended = new WeakMap<Principal, () => void>();
      return withWire(
        {
          ...seams,
          revocations: override(seams.revocations, {
            watch: (principal, end) => seams.revocations.watch(principal, () => ended.set(principal, end)),
          }),
        },
        (healthy) => ({
          send: (link, block, done) => {
            if (block.kind === 'frame') ended.get(link.principal)?.();
            healthy.send(link, block, done);
          },
        }),
      );
    },
  },
  'revocation-in-memory': {
    description: 'a revocation is known to the instance that received it, and only until it restarts',
    breaks: 'ISO-11',
    apply: (seams) => {
      const revoked = new Set<string>();
      return {
        ...seams,
        store: override(seams.store, {
          revokeKey: async (api_key_id) => {
            revoked.add(api_key_id);
            return true;
          },
          isRevoked: async (api_key_id) => revoked.has(api_key_id),
        }),
        authenticator: {
          authenticate: async (request) => {
            const principal = await seams.authenticator.authenticate(request);
            return principal !== null && revoked.has(principal.api_key_id) ? null : principal;
          },
        },
      };
    },
  },
  'revocation-forgotten': {
    description: 'a revocation is forgotten by every process that did not know the key before it',
    breaks: 'ISO-12',
    apply: (seams) => {
      const asked = new Set<string>();
      const forgiven = new Set<string>();
      const forgive = (api_key_id: string, revoked: boolean): boolean => {
        if (!asked.has(api_key_id) && revoked) forgiven.add(api_key_id);
        asked.add(api_key_id);
        return revoked && !forgiven.has(api_key_id);
      };
      return {
        ...seams,
        store: override(seams.store, {
          isRevoked: async (api_key_id) => forgive(api_key_id, await seams.store.isRevoked(api_key_id)),
          findKey: async (secret_sha256) => {
            const key = await seams.store.findKey(secret_sha256);
            return key === null ? null : { ...key, revoked: forgive(key.api_key_id, key.revoked) };
          },
        }),
      };
    },
  },
  'revocation-takes-account': {
    description: 'revoking one key revokes the account’s other keys as well',
    breaks: 'ISO-13',
    apply: (seams, config) => {
      // The store knows no keys by account, and the one that creates them need not be the one that revokes.
      const known = `${config.sqlite_path}.keys`;
      return {
        ...seams,
        store: override(seams.store, {
          putKey: async (key) => {
            appendFileSync(known, `${key.account_id} ${key.api_key_id}\n`);
            return seams.store.putKey(key);
          },
          revokeKey: async (api_key_id) => {
            const keys = readFileSync(known, 'utf8')
              .split('\n')
              .map((line) => line.split(' '));
            const account_id = keys.find(([, id]) => id === api_key_id)?.[0];
            for (const [of, id = ''] of keys) if (of === account_id) await seams.store.revokeKey(id);
            return account_id !== undefined;
          },
        }),
      };
    },
  },
  'ticket-opens-any-stream': {
    description: 'a ticket opens every stream of its account',
    breaks: 'ISO-14',
    apply: (seams) => ({
      ...seams,
      tickets: override(seams.tickets, {
        redeem: async (ticket) => {
          const principal = await seams.tickets.redeem(ticket);
          return principal === null ? null : { ...principal, ticket_job_id: null };
        },
      }),
      authenticator: {
        authenticate: async (request) => {
          const principal = await seams.authenticator.authenticate(request);
          return principal === null ? null : { ...principal, ticket_job_id: null };
        },
      },
    }),
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
  'revocation-misses-tickets': {
    description: 'a revoked key’s tickets keep working',
    breaks: 'ISO-15',
    apply: (seams) => {
      const redeemed = new Map<string, Principal>();
      return {
        ...seams,
        revocations: override(seams.revocations, {
          watch: (principal, end) =>
            principal.ticket_job_id === null ? seams.revocations.watch(principal, end) : () => undefined,
        }),
        authenticator: {
          authenticate: async (request) => {
            const ticket = request.query.get('ticket');
            const principal = await seams.authenticator.authenticate(request);
            if (ticket === null) return principal;
            if (principal !== null) redeemed.set(ticket, principal);
            return principal ?? redeemed.get(ticket) ?? null;
          },
        },
      };
    },
  },
  'ticket-single-use': {
    description: 'a ticket works once, so a browser cannot reconnect',
    breaks: 'ISO-16',
    apply: (seams) => {
      const used = new Set<string>();
      return {
        ...seams,
        authenticator: {
          authenticate: async (request) => {
            const ticket = request.query.get('ticket');
            if (ticket !== null && used.has(ticket)) return null;
            if (ticket !== null) used.add(ticket);
            return seams.authenticator.authenticate(request);
          },
        },
      };
    },
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
