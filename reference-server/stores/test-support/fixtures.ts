/** Small streams and events to put into a store. */
import { randomUUID } from 'node:crypto';
import type { NewEvent, StreamEvent } from '../../../spec/wire.ts';
import type { EventStore, NewJob } from '../store.ts';

export const SYNTHETIC = { events: 10, interval_ms: 0, payload_bytes: 16, seed: 1 };
/** Later than anything a test does. */
export const FAR_FUTURE_MS = Date.UTC(2100, 0);

/** An account of a test's own, since the tests of one part share a store. */
export function anAccount(): string {
  return `account-${randomUUID()}`;
}

export function aJob(overrides: Partial<NewJob> = {}): NewJob {
  return {
    job_id: randomUUID(),
    account_id: anAccount(),
    client_id: null,
    application_id: null,
    synthetic: null,
    created_at_ms: 1_700_000_000_000,
    ...overrides,
  };
}

export async function createJob(store: EventStore, overrides: Partial<NewJob> = {}): Promise<string> {
  const job = aJob(overrides);
  await store.create(job);
  return job.job_id;
}

/** The nth event of a test; told apart by its payload. */
export function anEvent(nonce: number | string, overrides: Partial<NewEvent> = {}): NewEvent {
  return {
    ts: 1_700_000_000_000,
    type: 'agent_chunk',
    payload_json: JSON.stringify({ nonce }),
    ...overrides,
  };
}

export const DONE = anEvent('end', { type: 'done' });

export function someEvents(count: number, prefix: number | string = ''): NewEvent[] {
  return Array.from({ length: count }, (_, index) => anEvent(`${prefix}#${index}`));
}

/** `count` ids from `first` on. */
export function idsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

export async function allEvents(store: EventStore, job_id: string): Promise<readonly StreamEvent[]> {
  return (await store.read(job_id, 0, Infinity))?.events ?? [];
}
