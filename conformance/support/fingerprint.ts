/** An answer as an observer can compare it with another one. */
import type { Exchange } from '../../harness/client/exchange.ts';

/** These differ from answer to answer by nature (contracts, Common). */
const VOLATILE_HEADERS = new Set(['date', 'x-request-id']);

/** Status, headers in their order and body bytes; `id`, which the asker knows already, is masked. */
export function fingerprint({ status, headers, body }: Exchange, id: string): string {
  const kept = headers.filter(([name]) => !VOLATILE_HEADERS.has(name.toLowerCase()));
  return JSON.stringify([status, kept, body.toString('latin1')]).replaceAll(id, '{id}');
}
