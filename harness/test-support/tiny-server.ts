/** The smallest server that speaks surface `jobs` well enough for the lab and the runner; `twist` breaks one answer. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildTarget } from '../config/build-target.ts';
import { parseConfig } from '../config/load-config.ts';
import type { ConfigInput } from '../config/schema.ts';
import type { Target } from '../target.ts';

interface Stored {
  readonly id: number;
  readonly type: string;
  readonly text: string;
}

interface Job {
  readonly owner: string;
  readonly events: Stored[];
  readonly readers: Set<ServerResponse>;
}

export interface TinyServer extends AsyncDisposable {
  readonly url: string;
  readonly jobs: ReadonlyMap<string, Job>;
  /** `METHOD path` of every request so far. */
  readonly requests: readonly string[];
  target(config?: Partial<ConfigInput>): Target;
}

/** Answers instead of the server; true when it did. */
export type Twist = (request: IncomingMessage, response: ServerResponse) => boolean;

export async function tinyServer(twist: Twist = () => false): Promise<TinyServer> {
  const jobs = new Map<string, Job>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${String(request.method)} ${String(request.url)}`);
    if (!twist(request, response)) void answer(jobs, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    jobs,
    requests,
    target: (config = {}) => buildTarget(parseConfig({ url, ...config }, 'test').config),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(jobs: Map<string, Job>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? '/', 'http://host');
  const [, , , id = '', part = ''] = url.pathname.split('/');
  const owner = request.headers.authorization ?? '';
  if (url.pathname === '/readyz') {
    json(response, 200, {});
    return;
  }
  if (url.pathname === '/api/pipeline/start') {
    const job_id = randomUUID();
    jobs.set(job_id, { owner, events: [], readers: new Set() });
    json(response, 202, { job_id });
    return;
  }
  const job = jobs.get(id);
  if (job?.owner !== owner) {
    json(response, 404, { error: { code: 'not_found', message: 'not found' } });
    return;
  }
  if (request.method === 'DELETE') {
    jobs.delete(id);
    response.writeHead(204).end();
  } else if (request.method === 'POST') append(job, body, response);
  else if (part === 'stream') stream(job, request, response);
  else page(job, id, Number(url.searchParams.get('after') ?? 0), response);
}

function append(job: Job, body: string, response: ServerResponse): void {
  const added = (JSON.parse(body) as { type: string; payload: unknown }[]).map(({ type, payload }) => {
    const id = job.events.length + 1;
    const stored = { id, type, text: JSON.stringify({ id, ts: 1, type, payload }) };
    job.events.push(stored);
    return stored;
  });
  for (const reader of job.readers) for (const event of added) frame(reader, event);
  json(response, 201, { ids: added.map(({ id }) => id) });
}

function stream(job: Job, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  response.flushHeaders();
  const cursor = Number(request.headers['last-event-id'] ?? 0);
  for (const event of job.events) if (event.id > cursor) frame(response, event);
  job.readers.add(response);
}

function frame(response: ServerResponse, event: Stored): void {
  response.write(`id: ${String(event.id)}\ndata: ${event.text}\n\n`);
  if (event.type === 'done') response.end();
}

function page(job: Job, job_id: string, after: number, response: ServerResponse): void {
  const events = job.events.filter(({ id }) => id > after);
  const last_event_id = job.events.length;
  json(response, 200, {
    job_id,
    status: job.events.at(-1)?.type === 'done' ? 'completed' : 'running',
    events: events.map(({ text }) => JSON.parse(text) as unknown),
    next_cursor: events.at(-1)?.id ?? after,
    last_event_id,
    event_count: last_event_id,
  });
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}
