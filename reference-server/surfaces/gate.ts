/**
 * What is decided before a request's body is read, in this order: preflight, key, stream, connections, method. So
 * nothing of a stream that the caller may not see (its limits, methods, conflicts) can show through.
 * Source: design 3 "Common", seed 000 (identical 404).
 */
import type { Answer, Principal, RequestView, Seams } from '../seams.ts';
import type { Job } from '../stores/store.ts';
import { empty, retryAfter } from './answers.ts';
import { ALL_METHODS } from './cors.ts';
import { PUBLIC_OPERATIONS } from './routes.ts';

/** A request that was let in. */
export interface Admitted {
  readonly view: RequestView;
  /** null for public operations. */
  readonly principal: Principal | null;
  /** The stream of the path, as the store showed it just now. */
  readonly job: Job | null;
}

export type Verdict = { readonly answer: Answer } | { readonly admitted: Admitted };

export type GateParts = Pick<Seams, 'authenticator' | 'access' | 'limits' | 'failure' | 'cors'>;

/** `allow`: the methods of the path, null when there is no such path. */
export async function gate(parts: GateParts, view: RequestView, allow: string | null): Promise<Verdict> {
  if (view.headers.host === undefined && view.http_version === '1.1') {
    return { answer: parts.failure('bad_request', 'Host: found nothing, accepted is one Host header.') };
  }
  if (view.method === 'OPTIONS' && view.headers.authorization === undefined) {
    return { answer: empty(204, { allow: ALL_METHODS, ...parts.cors(view, true) }) };
  }
  if (PUBLIC_OPERATIONS.has(view.operation)) return { admitted: { view, principal: null, job: null } };

  const principal = await parts.authenticator.authenticate(view);
  if (principal === null) {
    const headers = { 'www-authenticate': 'Bearer' };
    return { answer: parts.failure('unauthorized', 'A valid API key is needed: Authorization: Bearer …', { headers }) };
  }
  const job = view.job_id === null ? null : await parts.access.find(principal, view.job_id, view);
  if (allow === null || (view.job_id !== null && job === null)) return { answer: await parts.access.missing(view) };

  if (!parts.limits.connection(principal.account_id, view.socket)) {
    const message = 'This account has too many connections open.';
    // Left open it would still be one too many, and nobody counts it.
    return { answer: parts.failure('quota_exceeded', message, { headers: { ...retryAfter, connection: 'close' } }) };
  }
  if (view.method === 'OPTIONS') return { answer: empty(204, { allow, ...parts.cors(view, true) }) };
  if (view.operation === 'none') {
    const message = `${view.method} is no method of this path, accepted are ${allow}.`;
    return { answer: parts.failure('method_not_allowed', message, { headers: { allow } }) };
  }
  return { admitted: { view, principal, job } };
}
