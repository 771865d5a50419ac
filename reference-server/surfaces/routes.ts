/** Every path of the server and what its methods mean: one table for routing, 405 and `Allow`. */
import type { OperationName } from '../seams.ts';

export interface RouteSpec {
  readonly path: string;
  readonly methods: Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', OperationName>>>;
}

export const ROUTES: readonly RouteSpec[] = [
  { path: '/api/pipeline/start', methods: { POST: 'start' } },
  { path: '/api/jobs', methods: { GET: 'list' } },
  { path: '/api/jobs/:job_id', methods: { DELETE: 'remove' } },
  { path: '/api/jobs/:job_id/stream', methods: { GET: 'stream' } },
  { path: '/api/jobs/:job_id/events', methods: { GET: 'events', POST: 'append' } },
  { path: '/api/jobs/:job_id/snapshot', methods: { GET: 'snapshot' } },
  { path: '/api/jobs/:job_id/ticket', methods: { POST: 'ticket' } },
  { path: '/healthz', methods: { GET: 'healthz' } },
  { path: '/readyz', methods: { GET: 'readyz' } },
  { path: '/metrics', methods: { GET: 'metrics' } },
];

/** Asked by operators and load balancers, who have no account. */
export const PUBLIC_OPERATIONS: ReadonlySet<OperationName> = new Set(['preflight', 'healthz', 'readyz', 'metrics']);

/** HEAD is what GET is, without the body. */
export function operationOf(route: RouteSpec, method: string): OperationName {
  const known: Readonly<Record<string, OperationName>> = route.methods;
  return known[method === 'HEAD' ? 'GET' : method] ?? 'none';
}

export function allowOf(route: RouteSpec): string {
  return [...Object.keys(route.methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])), 'OPTIONS'].join(
    ', ',
  );
}
