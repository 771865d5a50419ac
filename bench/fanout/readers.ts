/**
 * The client of `fanout`, a process of its own: raw sockets that read, one that publishes. The next event is published
 * when the one before has reached everybody, so that neither side may merge events.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSseParser } from '../../harness/client/sse-parser.ts';
import { deferred } from '../../harness/deferred.ts';
import { answerWith } from '../process.ts';
import { percentile } from '../statistics.ts';
import { cpuOf_ms } from '../cpu.ts';

export interface FanoutTask {
  readonly server_pid: number;
  readonly port: number;
  readonly stream_path: string;
  readonly publish_path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly subscribers: number;
  /** One for each event to be published. */
  readonly bodies: readonly Uint8Array[];
  readonly idle_ms: number;
}

export interface FanoutMeasured {
  readonly deliveries: number;
  readonly duration_ms: number;
  readonly server_cpu_ms: number;
  /** While all were attached and nothing was published. */
  readonly idle_cpu_ms: number;
  readonly p99_ms: number;
}

/** One event must reach all readers within this. */
const EVENT_TIMEOUT_MS = 60_000;
/** Connections being opened at once: a listen queue is short. */
const OPENING = 50;

async function measure(task: FanoutTask): Promise<FanoutMeasured> {
  const { subscribers, bodies, server_pid, idle_ms } = task;
  const latencies_ms = new Float64Array(subscribers * bodies.length);
  let deliveries = 0;
  let published_at_ms = 0;
  let delivered = deferred<null>();
  const onEvent = (at_ms: number): void => {
    latencies_ms[deliveries] = at_ms - published_at_ms;
    deliveries += 1;
    if (deliveries % subscribers === 0) delivered.resolve(null);
  };
  const sockets: Socket[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    while (sockets.length < subscribers) {
      const some = Math.min(OPENING, subscribers - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => subscribe(task, onEvent)))));
    }
    const idle_from_ms = cpuOf_ms(server_pid);
    await delay(idle_ms);
    const cpu_from_ms = cpuOf_ms(server_pid);
    const from_ms = performance.now();
    for (const body of bodies) {
      delivered = deferred<null>();
      published_at_ms = performance.now();
      await Promise.all([publish(task, agent, body), within(delivered.promise)]);
    }
    return {
      deliveries,
      duration_ms: performance.now() - from_ms,
      server_cpu_ms: cpuOf_ms(server_pid) - cpu_from_ms,
      idle_cpu_ms: cpu_from_ms - idle_from_ms,
      p99_ms: percentile(latencies_ms, 0.99),
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    agent.destroy();
  }
}

/** Resolves when the response has begun. */
async function subscribe(task: FanoutTask, onEvent: (at_ms: number) => void): Promise<Socket> {
  const socket = connect(task.port, '127.0.0.1');
  const headers = Object.entries({ host: '127.0.0.1', accept: 'text/event-stream', ...task.headers });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`GET ${task.stream_path} HTTP/1.1\r\n${lines}\r\n`);
  // To an SSE parser the response's head and the chunks' sizes are lines of unknown fields: they need no decoding.
  const parser = createSseParser((item) => {
    if (item.kind === 'event') onEvent(item.at_ms);
  });
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.subarray(0, 12).equals(Buffer.from('HTTP/1.1 200'))) {
    socket.destroy();
    throw new Error(`a subscription was answered: ${head.toString('latin1', 0, 300)}`);
  }
  parser.push(head, performance.now());
  socket.on('data', (chunk: Buffer) => {
    parser.push(chunk, performance.now());
  });
  // A stream that ends is missed by the wait for its next event.
  socket.on('error', () => undefined);
  return socket;
}

async function publish({ port, publish_path, headers }: FanoutTask, agent: Agent, body: Uint8Array): Promise<void> {
  const outgoing = request({
    port,
    host: '127.0.0.1',
    path: publish_path,
    method: 'POST',
    agent,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
  });
  const answered = deferred<number>();
  outgoing.once('response', (response) => {
    response.resume().once('end', () => {
      answered.resolve(response.statusCode ?? 0);
    });
  });
  outgoing.end(body);
  const status = await within(answered.promise);
  if (status < 200 || status > 299) throw new Error(`a publication was answered ${status}`);
}

async function within<T>(promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(EVENT_TIMEOUT_MS, null, { signal: timer.signal }).then(() => {
    throw new Error(`an event did not reach every subscriber within ${EVENT_TIMEOUT_MS} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

answerWith(measure);
