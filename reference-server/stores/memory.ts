/** Volatile and one process's own: bounded by HISTORY_LIMIT a stream, gone with the process. */
import { endOfBatch } from './batch.ts';
import { StoreUnavailable } from './errors.ts';
import { createMemoryLog } from './memory-log.ts';
import { createMemoryTenancy } from './memory-tenancy.ts';
import type { Change, Store } from './store.ts';

export interface MemoryStoreOptions {
  /** Events kept per stream, at least 1. */
  readonly history_limit: number;
  /** Milliseconds since the Unix epoch. */
  readonly now_ms?: () => number;
}

export function createMemoryStore({ history_limit, now_ms = Date.now }: MemoryStoreOptions): Store {
  const listeners = new Set<(change: Change) => void>();
  const emit = (change: Change): void => {
    for (const listener of [...listeners]) listener(change);
  };
  const log = createMemoryLog({ history_limit, now_ms, emit });
  const tenancy = createMemoryTenancy(emit);
  let closed = false;

  /** Everything here is done in one turn; the promise and the refusal after `close` are what is left to add. */
  async function serve<T>(operation: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable('closed', 'the memory store is closed');
    return operation();
  }

  return {
    traits: { durable: false, shared: false },
    create: (job, idempotency) => serve(() => log.create(job, idempotency)),
    append: (job_id, events, options = {}) =>
      serve(() => log.append(job_id, { events, end: endOfBatch(events) }, options)),
    raiseEpoch: (job_id, epoch) => serve(() => log.raiseEpoch(job_id, epoch)),
    job: (job_id) => serve(() => log.job(job_id)),
    read: (job_id, after, limit) => serve(() => log.read(job_id, after, limit)),
    list: (account_id) => serve(() => log.list(account_id)),
    unfinished: () => serve(() => log.unfinished()),
    remove: (job_id) =>
      serve(() => {
        tenancy.forgetTickets((ticket) => ticket.job_id === job_id);
        return log.remove(job_id);
      }),
    sweep: (before_ms) =>
      serve(() => {
        const removed = new Set(log.sweep(before_ms));
        tenancy.forgetTickets((ticket) => removed.has(ticket.job_id) || isStale(ticket, now_ms()));
        return removed.size;
      }),
    putKey: (key) =>
      serve(() => {
        tenancy.putKey(key);
      }),
    findKey: (secret_sha256) => serve(() => tenancy.findKey(secret_sha256)),
    revokeKey: (api_key_id) => serve(() => tenancy.revokeKey(api_key_id)),
    isRevoked: (api_key_id) => serve(() => tenancy.isRevoked(api_key_id)),
    putTicket: (ticket) =>
      serve(() => {
        tenancy.putTicket(ticket);
      }),
    findTicket: (ticket_sha256) => serve(() => tenancy.findTicket(ticket_sha256)),
    useTicket: (ticket_sha256) =>
      serve(() => {
        tenancy.useTicket(ticket_sha256);
      }),
    onChange(listener) {
      // A copy, so that subscribing the same function twice is two subscriptions.
      const subscribed = (change: Change): void => {
        listener(change);
      };
      listeners.add(subscribed);
      return () => void listeners.delete(subscribed);
    },
    pin: (job_id, reader) => log.pin(job_id, reader),
    ping: () => serve(() => undefined),
    async close() {
      closed = true;
    },
  };
}

function isStale(ticket: { used: boolean; expires_at_ms: number }, at_ms: number): boolean {
  return !ticket.used && ticket.expires_at_ms < at_ms;
}
