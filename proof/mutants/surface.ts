/** What the wire mutants know of surface `jobs`: how its requests look and where its answers name a stream. */
import type { ProxyRequest } from '../../chaos/index.ts';

export type Operation = 'start' | 'append' | 'subscribe' | 'poll' | 'snapshot' | 'other';

const PATHS: readonly (readonly [operation: Operation, method: string, path: RegExp])[] = [
  ['start', 'POST', /^\/api\/pipeline\/start$/],
  ['append', 'POST', /^\/api\/jobs\/[^/]+\/events$/],
  ['subscribe', 'GET', /^\/api\/jobs\/[^/]+\/stream$/],
  ['poll', 'GET', /^\/api\/jobs\/[^/]+\/events$/],
  ['snapshot', 'GET', /^\/api\/jobs\/[^/]+\/snapshot$/],
];

export const STREAM_MEMBER = 'job_id';

export function pathOf(request: ProxyRequest): string {
  return request.head.path.split('?')[0] ?? '';
}

export function operationOf(request: ProxyRequest): Operation {
  const path = pathOf(request);
  return PATHS.find(([, method, pattern]) => method === request.head.method && pattern.test(path))?.[0] ?? 'other';
}

/** The stream a request names, whether it exists or not. */
export function streamOf(request: ProxyRequest): string | null {
  return /^\/api\/jobs\/([^/]+)/.exec(pathOf(request))?.[1] ?? null;
}

/** The position a subscription asks for; 0 from the start or where it is none. */
export function cursorOf(request: ProxyRequest): number {
  const query = new URLSearchParams(request.head.path.split('?')[1] ?? '');
  const cursor = request.head.get('last-event-id') ?? query.get('after') ?? '';
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0;
}
