/** ISO: who somebody is taken for: keys, their revocation, tickets. */
import { appendFileSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Principal, RequestView, Seams } from '../seams.ts';
import type { Defects } from './defect.ts';
import { override } from './override.ts';
import { withWire } from './texts.ts';

/** The same server, which takes who asks for somebody else; `principal` is who it is. */
const mistaking = (
  seams: Seams,
  taken: (principal: Principal | null, request: RequestView) => Promise<Principal | null> | Principal | null,
): Seams => ({
  ...seams,
  authenticator: { authenticate: async (request) => taken(await seams.authenticator.authenticate(request), request) },
});

export const CREDENTIALS: Defects = {
  'open-stream-behind-auth': {
    description: 'starting asks for a key, reading anybody’s stream does not',
    breaks: 'ISO-08',
    apply: (seams) =>
      mistaking(seams, async (principal, { operation, job_id }) => {
        if (principal !== null || job_id === null || (operation !== 'stream' && operation !== 'snapshot'))
          return principal;
        const job = await seams.store.job(job_id);
        return job === null ? null : { account_id: job.account_id, api_key_id: 'anyone', ticket_job_id: null };
      }),
  },
  'auth-cached-per-socket': {
    description: 'a connection keeps the identity of its first request',
    breaks: 'ISO-09',
    apply: (seams) => {
      const known = new WeakMap<Socket, Principal>();
      return mistaking(seams, (principal, { socket }) => {
        const first = known.get(socket) ?? principal;
        if (first !== null) known.set(socket, first);
        return first;
      });
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
      const store = override(seams.store, {
        revokeKey: async (api_key_id) => {
          revoked.add(api_key_id);
          return true;
        },
        isRevoked: async (api_key_id) => revoked.has(api_key_id),
      });
      return mistaking({ ...seams, store }, (principal) =>
        principal !== null && revoked.has(principal.api_key_id) ? null : principal,
      );
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
    apply: (seams) => mistaking(seams, (principal) => principal && { ...principal, ticket_job_id: null }),
  },
  'revocation-misses-tickets': {
    description: 'a revoked key’s tickets keep working',
    breaks: 'ISO-15',
    apply: (seams) => {
      const redeemed = new Map<string, Principal>();
      const revocations = override(seams.revocations, {
        watch: (principal, end) =>
          principal.ticket_job_id === null ? seams.revocations.watch(principal, end) : () => undefined,
      });
      return mistaking({ ...seams, revocations }, (principal, { query }) => {
        const ticket = query.get('ticket');
        if (ticket === null) return principal;
        if (principal !== null) redeemed.set(ticket, principal);
        return principal ?? redeemed.get(ticket) ?? null;
      });
    },
  },
  'ticket-single-use': {
    description: 'a ticket works once, so a browser cannot reconnect',
    breaks: 'ISO-16',
    apply: (seams) => {
      const used = new Set<string>();
      return mistaking(seams, (principal, { query }) => {
        const ticket = query.get('ticket');
        if (ticket === null) return principal;
        if (used.has(ticket)) return null;
        used.add(ticket);
        return principal;
      });
    },
  },
};
