import { payloadHash } from '../oracle/canonical-json.ts';

/** What an event is held against in another mode: its type and its payload's canonical JSON, hashed. */
export function eventHash(type: string, canonical_payload: string): string {
  return payloadHash(JSON.stringify(type) + canonical_payload);
}
