import type { Exchange } from '../client/exchange.ts';
import { DialectError, type Dialect } from '../dialects/dialect.ts';
import { envelopeOf } from './error-envelope.ts';

/**
 * Whether an append took effect. Only answers that promise to have done nothing are a failure: 4xx but 408 and 425, and
 * a 503 in the service's own words (a failed store write leaves nothing). A gateway's 502, 503 or 504 (proxies answer so
 * when an instance died with the request in its hands), a 500, a broken or timed-out exchange, and a 2xx that names no
 * ids, leave it open.
 */
export function appendOutcome(
  exchange: Exchange,
  dialect: Pick<Dialect, 'readAppended'>,
): { readonly outcome: 'ok' | 'fail' | 'unknown'; readonly ids: readonly number[] } {
  const { status, end } = exchange;
  if (status >= 200 && status <= 299) {
    try {
      return { outcome: 'ok', ids: dialect.readAppended(exchange).ids };
    } catch (error) {
      if (!(error instanceof DialectError)) throw error;
      return { outcome: 'unknown', ids: [] };
    }
  }
  // Refused connections never reached a server.
  const promised =
    (status === 503 && envelopeOf(exchange.body) !== null) ||
    (status >= 400 && status <= 499 && status !== 408 && status !== 425);
  return { outcome: promised || end === 'refused' ? 'fail' : 'unknown', ids: [] };
}
