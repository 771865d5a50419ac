/** A server of its own for a test: short times, port 0, two accounts, gone when the test ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../config.ts';
import type { Compose } from '../seams.ts';
import { createServer, type RunningServer } from '../server.ts';

export const KEYS = [
  { account_id: 'acme', api_key_id: 'acme-1', key: 'secret-of-acme-1' },
  { account_id: 'acme', api_key_id: 'acme-2', key: 'secret-of-acme-2' },
  { account_id: 'globex', api_key_id: 'globex-1', key: 'secret-of-globex' },
] as const;
export const ACME = `Authorization: Bearer ${KEYS[0].key}`;
export const ACME_2 = `Authorization: Bearer ${KEYS[1].key}`;
export const GLOBEX = `Authorization: Bearer ${KEYS[2].key}`;

/** Long enough that nothing expires by itself in a test that is not about it. */
const CALM = { HEARTBEAT_MS: '60000', STALL_LIMIT_MS: '60000', LOCK_TTL_MS: '60000', REVOCATION_MS: '60000' };

export interface TestServer {
  readonly server: RunningServer;
  readonly port: number;
  /** JSON in and out with the key of acme unless another is given. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Reply>;
  /** A stream of acme that is fed through the API. */
  readonly startJob: () => Promise<string>;
  readonly append: (job_id: string, ...events: readonly unknown[]) => Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export async function serve(
  t: Test,
  env: Readonly<Record<string, string>> = {},
  compose: Compose = (healthy) => healthy,
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'streamproof-'));
  const config = loadConfig({
    PORT: '0',
    STREAM_STORE_BACKEND: 'memory',
    SQLITE_PATH: join(folder, 'jobs.sqlite'),
    LOG_LEVEL: 'silent',
    DRAIN_GRACE_MS: '2000',
    API_KEYS: JSON.stringify(KEYS),
    ...CALM,
    ...env,
  });
  const server = await createServer(config, compose);
  const { port } = await server.listen();
  t.teardown(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const call: TestServer['call'] = async (method, path, body, headers = {}) => {
    const authorization = `Bearer ${KEYS[0].key}`;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
    return readReply(response);
  };
  return {
    server,
    port,
    call,
    startJob: async () => String((await call('POST', '/api/pipeline/start')).json['job_id']),
    append: (job_id, ...events) => call('POST', `/api/jobs/${job_id}/events`, events),
  };
}

async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const is_json = response.headers.get('content-type')?.startsWith('application/json') === true;
  const json = (is_json && text !== '' ? JSON.parse(text) : {}) as Reply['json'];
  return { status: response.status, headers: response.headers, text, json };
}
