/** One event to many subscribers: the reference server over its durable store against a bare broadcast loop. */
import { startCluster, type Cluster } from '../../reference-server/cluster/supervisor.ts';
import { compare, interleave, type BenchOptions, type BenchResult, type Figures } from '../benchmark.ts';
import { BenchProcess } from '../process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { captureFrames } from './capture.ts';
import type { FanoutMeasured, FanoutTask } from './readers.ts';

const FULL = { subscribers: 1000, events: 100, idle_ms: 2000 };
const QUICK = { subscribers: 100, events: 20, idle_ms: 200 };
const PAYLOAD_CHARACTERS = 150;

const SERVER = { OPEN_STREAMS_PER_ACCOUNT: '100000', CONNECTIONS_PER_ACCOUNT: '100000' };

const body = Buffer.from(JSON.stringify({ type: 'agent_chunk', payload: { text: 'x'.repeat(PAYLOAD_CHARACTERS) } }));

export async function fanout(options: BenchOptions): Promise<BenchResult> {
  const workload = options.quick ? QUICK : FULL;
  await using folder = await temporaryFolder();
  const cluster = await startCluster({
    instances: 1,
    store: 'sqlite',
    dir: folder.path,
    routing: 'sticky',
    env: SERVER,
  });
  try {
    await using naive = new BenchProcess<object, number>('peers/naive-broadcast');
    const naive_port = await naive.ask({});
    const server = served(cluster);
    const frames = await sampleFrames(server, workload.events);
    const sides = {
      streamproof: async () => {
        const job = `/api/jobs/${await startJob(server)}`;
        const paths = { stream_path: `${job}/stream`, publish_path: `${job}/events` };
        return measure({ ...workload, ...server, ...paths, bodies: frames.map(() => body) });
      },
      naive: () => {
        const paths = { stream_path: '/', publish_path: '/', headers: {} };
        return measure({ ...workload, ...paths, server_pid: naive.pid, port: naive_port, bodies: frames });
      },
    };
    const rounds = await interleave(sides, options);
    const against = { ours: 'streamproof', peer: 'naive' };
    return {
      name: 'fanout',
      workload: { ...workload, frame_bytes: frames[0]?.length ?? 0 },
      rounds,
      ratios: [
        compare(rounds, { ...against, figure: 'server_cpu_us_per_delivery', aim: { at_most: 1 } }),
        compare(rounds, { ...against, figure: 'deliveries_per_s' }),
        compare(rounds, { ...against, figure: 'p99_ms' }),
      ],
    };
  } finally {
    await cluster.close();
  }
}

type Server = Pick<FanoutTask, 'server_pid' | 'port' | 'headers'> & { readonly url: string };

/** The instance itself: the ingress in front of it is no part of the comparison. */
function served(cluster: Cluster): Server {
  const [instance] = cluster.instances;
  const [account] = cluster.accounts;
  if (instance?.pid == null || account === undefined) throw new Error('the reference server did not start');
  const headers = { authorization: `Bearer ${account.key}` };
  return { server_pid: instance.pid, url: instance.url, port: Number(new URL(instance.url).port), headers };
}

/** Returns the stream's id. */
async function startJob({ url, headers }: Server): Promise<string> {
  const json = { ...headers, 'content-type': 'application/json' };
  const response = await fetch(`${url}/api/pipeline/start`, {
    method: 'POST',
    headers: json,
    body: '{"producer":"api"}',
  });
  if (response.status !== 202) throw new Error(`the start was answered ${response.status}`);
  return ((await response.json()) as { job_id: string }).job_id;
}

async function sampleFrames(server: Server, count: number): Promise<readonly Buffer[]> {
  const job = `${server.url}/api/jobs/${await startJob(server)}`;
  const headers = { ...server.headers, 'content-type': 'application/json' };
  return captureFrames(`${job}/stream`, server.headers, count, async () => {
    const response = await fetch(`${job}/events`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`the append was answered ${response.status}`);
    await response.arrayBuffer();
  });
}

async function measure(task: FanoutTask): Promise<Figures> {
  await using readers = new BenchProcess<FanoutTask, FanoutMeasured>('fanout/readers');
  const { deliveries, duration_ms, server_cpu_ms, idle_cpu_ms, p99_ms } = await readers.ask(task);
  return {
    deliveries_per_s: (deliveries / duration_ms) * 1000,
    server_cpu_us_per_delivery: (server_cpu_ms / deliveries) * 1000,
    p99_ms,
    idle_cpu_ms_per_s: (idle_cpu_ms / task.idle_ms) * 1000,
  };
}
