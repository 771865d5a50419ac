/** For the tests of this folder: the smallest healthy server of surface `jobs`, and what one client sees of it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSseParser } from '../../harness/client/sse-parser.ts';
import type { SseItem } from '../../harness/client/sse-event.ts';

interface Job {
  readonly owner: string;
  readonly frames: string[];
  readonly events: string[];
  readonly readers: Set<ServerResponse>;
  ended: boolean;
}

const NOT_FOUND = '{"error":{"code":"not_found","message":"not found"}}';
const PADDING = `:${' '.repeat(64)}\n`;

async function bodyOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function json(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
}

function follow(job: Job, req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  const cursor = Number(req.headers['last-event-id'] ?? '0');
  res.write(`: heartbeat\n\n${job.frames.slice(cursor).join('')}${PADDING}`);
  if (job.ended) res.end();
  else job.readers.add(res);
}

function append(job: Job, id: string, text: string): number[] {
  // Cut by hand: numbers keep their text.
  const payloads = text.slice(1, -1).split('\u001f');
  return payloads.map((payload) => {
    const seq = job.events.length + 1;
    const event = `{"id":${seq},"job_id":"${id}","ts":1,"type":${payload === 'done' ? '"done","payload":{}' : `"agent_chunk","payload":${payload}`}}`;
    const frame = `id: ${seq}\ndata: ${event}\n\n`;
    job.events.push(event);
    job.frames.push(frame);
    job.ended ||= payload === 'done';
    for (const reader of job.readers) {
      reader.write(frame + PADDING);
      if (job.ended) reader.end();
    }
    return seq;
  });
}

export async function serveJobs(): Promise<AsyncDisposable & { readonly url: URL; readonly readers: () => number }> {
  const jobs = new Map<string, Job>();
  const server = createServer((req, res) => {
    void (async () => {
      const path = (req.url ?? '').split('?')[0] ?? '';
      const body = await bodyOf(req);
      const owner = req.headers.authorization ?? '';
      if (path === '/api/pipeline/start') {
        const id = `00000000-0000-4000-8000-${String(jobs.size + 1).padStart(12, '0')}`;
        jobs.set(id, { owner, frames: [], events: [], readers: new Set(), ended: false });
        json(res, 202, JSON.stringify({ success: true, job_id: id }));
        return;
      }
      const [, id = '', verb] = /^\/api\/jobs\/([^/]+)\/(\w+)/.exec(path) ?? [];
      const job = jobs.get(id);
      if (job?.owner !== owner) json(res, 404, NOT_FOUND);
      else if (verb === 'stream') {
        res.on('close', () => job.readers.delete(res));
        follow(job, req, res);
      } else if (req.method === 'POST') {
        if (job.ended) {
          json(res, 409, '{}');
          return;
        }
        const ids = append(job, id, body);
        json(res, 201, JSON.stringify({ ids, last_event_id: ids.at(-1) }));
      } else {
        const limit = Number(/limit=(\d+)/.exec(req.url ?? '')?.[1] ?? '500');
        const page = job.events.slice(0, limit);
        json(
          res,
          200,
          `{"job_id":"${id}","status":"running","events":[${page.join(',')}],"next_cursor":${page.length}}`,
        );
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    readers: () => [...jobs.values()].reduce((sum, job) => sum + job.readers.size, 0),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly took_ms: number;
}

/** One exchange; `headers` may replace the first account's key. */
export async function ask(
  base: URL,
  method: string,
  path: string,
  options: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
  const started = performance.now();
  const sent = request(new URL(path, base), {
    method,
    agent: false,
    headers: { authorization: 'Bearer a', ...options.headers },
  });
  sent.end(options.body);
  const [res] = (await once(sent, 'response')) as [IncomingMessage];
  const text = await bodyOf(res);
  return { status: res.statusCode ?? 0, headers: res.headers, text, took_ms: performance.now() - started };
}

/** A followed stream, parsed by the harness's own parser. */
export class Reading implements Disposable {
  status = 0;
  headers: Readonly<Record<string, string | string[] | undefined>> = {};
  readonly items: SseItem[] = [];
  readonly chunks: string[] = [];
  ended: 'end' | 'broken' | null = null;
  readonly #request: ReturnType<typeof request>;
  readonly #watchers = new Set<() => void>();

  constructor(base: URL, path: string, headers: Record<string, string> = {}) {
    const parser = createSseParser((item) => this.items.push(item));
    this.#request = request(new URL(path, base), {
      agent: false,
      headers: { authorization: 'Bearer a', accept: 'text/event-stream', ...headers },
    });
    this.#request.on('error', () => {
      this.#changed(() => (this.ended ??= 'broken'));
    });
    this.#request.on('response', (res: IncomingMessage) => {
      this.#changed(() => {
        this.status = res.statusCode ?? 0;
        this.headers = res.headers;
      });
      res.on('data', (bytes: Buffer) => {
        this.#changed(() => {
          this.chunks.push(bytes.toString('utf8'));
          parser.push(bytes, 0);
        });
      });
      res.on('error', () => undefined);
      res.on('close', () => {
        this.#changed(() => (this.ended ??= res.complete ? 'end' : 'broken'));
      });
    });
    this.#request.end();
  }

  get events(): { readonly id: string; readonly data: string }[] {
    return this.items.flatMap((item) =>
      item.kind === 'event' ? [{ id: item.has_id ? item.last_event_id : '', data: item.data }] : [],
    );
  }

  get ids(): string {
    return this.events.map(({ id }) => id).join(' ');
  }

  get text(): string {
    return this.chunks.join('');
  }

  /** Resolves whether it came to hold within the time. */
  until(holds: (reading: this) => boolean, within_ms = 10_000): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(held);
      };
      const look = (): void => {
        if (holds(this)) settle(true);
      };
      const timer = setTimeout(settle, within_ms, false);
      this.#watchers.add(look);
      look();
    });
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }

  #changed(change: () => unknown): void {
    change();
    for (const look of [...this.#watchers]) look();
  }
}
