/** A real cluster for tests, with times short enough to wait for, and a small client that keeps what it sees. */
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SyntheticSpec } from '../../../spec/wire.ts';
import { startCluster, type Cluster, type ClusterOptions } from '../supervisor.ts';

export const TEST_TIMES: Readonly<Record<string, string>> = {
  HEARTBEAT_MS: '400',
  LOCK_TTL_MS: '800',
  STALL_LIMIT_MS: '5000',
  DRAIN_GRACE_MS: '1000',
};

interface Teardown {
  teardown(callback: () => Promise<void>): unknown;
}

/** Closed, and its folder removed, when the test ends. */
export async function testCluster(t: Teardown, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'streamproof-cluster-'));
  const removeDir = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const cluster = await startCluster({
      instances: 2,
      store: 'sqlite',
      routing: 'round-robin',
      dir,
      ...options,
      env: { ...TEST_TIMES, ...options.env },
    });
    t.teardown(async () => {
      await cluster.close();
      await removeDir();
    });
    return cluster;
  } catch (error) {
    await removeDir();
    throw error;
  }
}

/** An event as it was received: by id, with its whole payload text. */
export interface Received {
  readonly id: number;
  readonly type: string;
  readonly data: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** One SSE response. */
export interface Followed {
  /** 0 when no answer came. */
  readonly opened: Promise<number>;
  readonly events: readonly Received[];
  /** Everything after the head, as text. */
  readonly body: () => string;
  /** `complete`: the message ended in order. */
  readonly ended: Promise<'complete' | 'broken'>;
  /** Resolves when the events satisfy the predicate; rejects when the stream ended before. */
  until(predicate: (events: readonly Received[]) => boolean): Promise<readonly Received[]>;
  close(): void;
}

function readEvents(text: string): Received[] {
  const blocks = text.split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const id = /^id: (\d+)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (id === undefined || data === undefined) return [];
    const { type, payload } = JSON.parse(data) as { type: string; payload: Record<string, unknown> };
    return [{ id: Number(id), type, data, payload }];
  });
}

export class TestClient {
  readonly #key: string;

  constructor(cluster: Cluster, account = 0) {
    this.#key = cluster.accounts[account]?.key ?? '';
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' };
  }

  /** `url`: of the ingress or of one instance. Returns the stream's id. */
  async start(url: string, synthetic?: Partial<SyntheticSpec>): Promise<string> {
    const workload = { producer: 'synthetic', events: 10, interval_ms: 0, payload_bytes: 16, seed: 1, ...synthetic };
    const body = JSON.stringify(synthetic === undefined ? { producer: 'api' } : workload);
    const response = await fetch(`${url}/api/pipeline/start`, { method: 'POST', headers: this.headers, body });
    if (response.status !== 202) throw new Error(`start answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { job_id: string }).job_id;
  }

  /** Resolves with the answer's status, 0 when the connection broke. */
  async append(url: string, stream: string, text: string, type = 'agent_chunk'): Promise<number> {
    const body = JSON.stringify({ type, payload: { text } });
    try {
      const path = `${url}/api/jobs/${stream}/events`;
      const response = await fetch(path, { method: 'POST', headers: this.headers, body });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  async poll(url: string, stream: string): Promise<readonly { id: number; payload: Record<string, unknown> }[]> {
    const response = await fetch(`${url}/api/jobs/${stream}/events?after=0&limit=1000`, { headers: this.headers });
    const { events } = (await response.json()) as { events: { id: number; payload: Record<string, unknown> }[] };
    return events;
  }

  follow(url: string, stream: string, last_event_id?: number): Followed {
    const headers = {
      ...this.headers,
      accept: 'text/event-stream',
      ...(last_event_id === undefined ? {} : { 'last-event-id': String(last_event_id) }),
    };
    let text = '';
    let events: Received[] = [];
    let over = false;
    const watchers = new Set<() => void>();
    const look = (): void => {
      for (const watcher of [...watchers]) watcher();
    };
    const request = get(`${url}/api/jobs/${stream}/stream`, { headers, agent: false });
    const opened = new Promise<number>((resolve) => {
      request.once('response', (response) => {
        resolve(response.statusCode ?? 0);
      });
      request.once('close', () => {
        resolve(0);
      });
    });
    const ended = new Promise<'complete' | 'broken'>((resolve) => {
      const end = (how: 'complete' | 'broken') => (): void => {
        over = true;
        resolve(how);
        look();
      };
      request.on('error', end('broken'));
      request.once('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          events = readEvents(text);
          look();
        });
        response.once('end', end('complete'));
        response.on('error', end('broken'));
      });
    });
    return {
      opened,
      get events() {
        return events;
      },
      body: () => text,
      ended,
      until: (predicate) =>
        new Promise((resolve, reject) => {
          const watcher = (): void => {
            if (predicate(events)) resolve(events);
            else if (over) reject(new Error(`the stream ended after ${events.length} events`));
            else return;
            watchers.delete(watcher);
          };
          watchers.add(watcher);
          watcher();
        }),
      close: () => request.destroy(),
    };
  }
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks again until it holds; the test's own timeout is the bound. For what no event tells. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
