/**
 * One-stream tickets for clients that send no headers. Unused they live a minute; a used one reconnects until its
 * stream has been over for a minute, or its key is revoked. Source: design 3, `POST /api/jobs/{id}/ticket`.
 */
import type { Seams, Tickets } from '../seams.ts';
import { newSecret, sha256Hex } from './secrets.ts';

const UNUSED_LIFE_S = 60;
const AFTER_TERMINAL_S = 60;

export function createTickets(parts: Pick<Seams, 'store' | 'clock'>): Tickets {
  return {
    async issue(principal, job_id) {
      const ticket = newSecret('ticket');
      await parts.store.putTicket({
        ticket_sha256: sha256Hex(ticket),
        job_id,
        account_id: principal.account_id,
        api_key_id: principal.api_key_id,
        expires_at_ms: parts.clock.now_ms() + UNUSED_LIFE_S * 1000,
        used: false,
      });
      return { ticket, expires_in_s: UNUSED_LIFE_S };
    },
    async redeem(text) {
      const ticket = await parts.store.findTicket(sha256Hex(text));
      if (ticket === null || (await parts.store.isRevoked(ticket.api_key_id))) return null;
      const now_ms = parts.clock.now_ms();
      if (!ticket.used) {
        if (now_ms >= ticket.expires_at_ms) return null;
      } else {
        const job = await parts.store.job(ticket.job_id);
        const over = job !== null && job.status !== 'running';
        if (over && now_ms >= job.updated_at_ms + AFTER_TERMINAL_S * 1000) return null;
      }
      return { account_id: ticket.account_id, api_key_id: ticket.api_key_id, ticket_job_id: ticket.job_id };
    },
    async used(text) {
      const ticket = await parts.store.findTicket(sha256Hex(text));
      // A reconnect needs no write, and so no writer that is well.
      if (ticket?.used === false) await parts.store.useTicket(ticket.ticket_sha256);
    },
  };
}
