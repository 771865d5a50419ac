/** Acknowledged appends through the whole server: one event a request, connections kept alive. */
import autocannon from 'autocannon';
import { startCluster } from '../../reference-server/cluster/supervisor.ts';
import type { Figures } from '../benchmark.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { EVENT } from './rows.ts';

export interface HttpTask {
  readonly connections: number;
  readonly requests: number;
}

const body = `{"type":"${EVENT.type}","payload":${EVENT.payload_json}}`;

/** Figures of a fresh server over a fresh file. */
export async function httpAppend({ connections, requests }: HttpTask): Promise<Figures> {
  await using folder = await temporaryFolder();
  const cluster = await startCluster({ instances: 1, store: 'sqlite', dir: folder.path, routing: 'sticky' });
  try {
    const headers = {
      authorization: `Bearer ${cluster.accounts[0]?.key ?? ''}`,
      'content-type': 'application/json',
    };
    const url = cluster.instances[0]?.url ?? '';
    const started = await fetch(`${url}/api/pipeline/start`, { method: 'POST', headers, body: '{"producer":"api"}' });
    const { job_id } = (await started.json()) as { job_id: string };
    const from_ms = performance.now();
    // Without a rate it is a closed loop as the other sides are, and corrects nothing for coordinated omission.
    const result = await autocannon({
      url: `${url}/api/jobs/${job_id}/events`,
      method: 'POST',
      headers,
      body,
      connections,
      amount: requests,
    });
    const duration_ms = performance.now() - from_ms;
    if (result['2xx'] !== requests) {
      throw new Error(`${requests} appends were sent and ${result['2xx']} acknowledged (${result.errors} errors)`);
    }
    return { appends_per_s: (requests / duration_ms) * 1000, p99_ms: result.latency.p99 };
  } finally {
    await cluster.close();
  }
}
