/** Keys and tickets of the memory store. */
import type { ApiKey, Change, Ticket } from './store.ts';

export interface MemoryTenancy {
  putKey(key: Omit<ApiKey, 'revoked'>): void;
  findKey(secret_sha256: string): ApiKey | null;
  revokeKey(api_key_id: string): boolean;
  isRevoked(api_key_id: string): boolean;
  putTicket(ticket: Ticket): void;
  findTicket(ticket_sha256: string): Ticket | null;
  useTicket(ticket_sha256: string): void;
  forgetTickets(which: (ticket: Ticket) => boolean): void;
}

export function createMemoryTenancy(emit: (change: Change) => void): MemoryTenancy {
  const keys = new Map<string, ApiKey>();
  const key_ids_by_secret = new Map<string, string>();
  const tickets = new Map<string, Ticket>();

  return {
    putKey(key) {
      if (keys.has(key.api_key_id) || key_ids_by_secret.has(key.secret_sha256)) return;
      keys.set(key.api_key_id, { ...key, revoked: false });
      key_ids_by_secret.set(key.secret_sha256, key.api_key_id);
      emit({ kind: 'keys' });
    },
    findKey: (secret_sha256) => keys.get(key_ids_by_secret.get(secret_sha256) ?? '') ?? null,
    revokeKey(api_key_id) {
      const key = keys.get(api_key_id);
      if (key === undefined) return false;
      keys.set(api_key_id, { ...key, revoked: true });
      emit({ kind: 'keys' });
      return true;
    },
    isRevoked: (api_key_id) => keys.get(api_key_id)?.revoked ?? false,
    putTicket(ticket) {
      tickets.set(ticket.ticket_sha256, ticket);
    },
    findTicket: (ticket_sha256) => tickets.get(ticket_sha256) ?? null,
    useTicket(ticket_sha256) {
      const ticket = tickets.get(ticket_sha256);
      if (ticket !== undefined) tickets.set(ticket_sha256, { ...ticket, used: true });
    },
    forgetTickets(which) {
      for (const ticket of tickets.values()) if (which(ticket)) tickets.delete(ticket.ticket_sha256);
    },
  };
}
