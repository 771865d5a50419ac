/** Who speaks: an API key, or a ticket in place of the headers that a browser's EventSource cannot send. */
import type { Authenticator, Principal, RequestView, Seams } from '../seams.ts';
import { sameHash, sha256Hex } from './secrets.ts';

/** The account of everybody where `AUTH=open`. */
const OPEN: Principal = { account_id: 'open', api_key_id: 'open', ticket_job_id: null };

export const openAuthenticator: Authenticator = {
  async authenticate() {
    return OPEN;
  },
};

export function createKeyAuthenticator(parts: Pick<Seams, 'store' | 'tickets'>): Authenticator {
  return {
    async authenticate(request) {
      // The header wins: a ticket in the address must not weaken or replace a key.
      if (request.headers.authorization !== undefined) return byKey(parts, request.headers.authorization);
      const tickets = request.query.getAll('ticket');
      const [ticket] = tickets;
      if (ticket === undefined || tickets.length > 1 || !opensByTicket(request)) return null;
      return parts.tickets.redeem(ticket);
    },
  };
}

function opensByTicket(request: RequestView): boolean {
  return request.operation === 'stream';
}

async function byKey(parts: Pick<Seams, 'store'>, authorization: string): Promise<Principal | null> {
  const [, secret] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (secret === undefined) return null;
  const hash = sha256Hex(secret);
  const key = await parts.store.findKey(hash);
  if (key === null || key.revoked || !sameHash(key.secret_sha256, hash)) return null;
  return { account_id: key.account_id, api_key_id: key.api_key_id, ticket_job_id: null };
}
