/** Cross-origin access for browsers: off by default, S4's client needs it. */
import type { RequestView } from '../seams.ts';

const ALLOWED_HEADERS = 'Authorization, Last-Event-ID, X-Client-Id, Idempotency-Key, Content-Type';
const EXPOSED_HEADERS = 'X-Request-Id, Retry-After';
export const ALL_METHODS = 'GET, HEAD, POST, DELETE, OPTIONS';
const PREFLIGHT_MAX_AGE_S = '600';

export function createCors(
  origins: readonly string[],
): (request: Pick<RequestView, 'headers'>, preflight: boolean) => Readonly<Record<string, string>> {
  if (origins.length === 0) return () => ({});
  const any = origins.includes('*');
  return ({ headers: { origin } }, preflight) => {
    const vary = { vary: 'Origin' };
    if (origin === undefined || !(any || origins.includes(origin))) return vary;
    const allowed = { ...vary, 'access-control-allow-origin': origin };
    if (!preflight) return { ...allowed, 'access-control-expose-headers': EXPOSED_HEADERS };
    return {
      ...allowed,
      'access-control-allow-methods': ALL_METHODS,
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': PREFLIGHT_MAX_AGE_S,
    };
  };
}
