/** What Node and the operating system offer. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { now } from '../../harness/clock.ts';
import { firstLineOf } from './first-line.ts';
import type { Finding } from './diagnose.ts';

/** package.json `engines`. */
const NODE_FLOOR = [20, 20] as const;
/** The load of the demo with room to spare; a big load wants far more. */
const ENOUGH_DESCRIPTORS = 4_096;
const CONNECT_TIMEOUT_MS = 2_000;
/** Latencies are shown to a tenth of a millisecond. */
const CLOCK_RESOLUTION_MS = 0.1;

export async function nodeFinding(version: string): Promise<Finding> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1]);
  const remedy = `Install Node ${NODE_FLOOR.join('.')} or newer: https://nodejs.org/`;
  return {
    name: 'node',
    state: enough ? 'ready' : 'broken',
    found: version,
    purpose: 'everything',
    remedy: enough ? null : remedy,
  };
}

export async function sqliteFinding(): Promise<Finding> {
  const shared = { name: 'better-sqlite3', purpose: 'serve --store sqlite, demo, conform --self' };
  try {
    const { default: Database } = await import('better-sqlite3');
    const database = new Database(':memory:');
    const row = database.prepare('select sqlite_version() as version').get() as { version: string };
    database.close();
    return { ...shared, state: 'ready', found: `SQLite ${row.version}`, remedy: null };
  } catch (error) {
    const found = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    const remedy =
      'npm rebuild better-sqlite3 (it needs a C++ compiler where no prebuilt file fits), or --store memory.';
    return { ...shared, state: 'missing', found, remedy };
  }
}

export async function descriptorsFinding(): Promise<Finding> {
  const limit = await firstLineOf('/bin/sh', '-c', 'ulimit -n');
  const count = limit === 'unlimited' ? Infinity : Number(limit ?? NaN);
  const enough = count >= ENOUGH_DESCRIPTORS;
  return {
    name: 'descriptors',
    state: enough ? 'ready' : 'missing',
    found: limit === null ? 'the limit is unknown' : `${limit} open files`,
    purpose: 'thousands of connections',
    remedy: enough ? null : `ulimit -n ${String(ENOUGH_DESCRIPTORS)}`,
  };
}

export async function portsFinding(): Promise<Finding> {
  const shared = { name: 'ports', purpose: 'servers and proxies of our own' };
  try {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    socket.destroy();
    server.close();
    return { ...shared, state: 'ready', found: 'loopback works', remedy: null };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { ...shared, state: 'broken', found, remedy: 'Allow listening on and connecting to 127.0.0.1.' };
  }
}

/** The smallest step the clock was seen to make. */
export async function clockFinding(): Promise<Finding> {
  let step_ms = Infinity;
  for (let sample = 0; sample < 1_000; sample += 1) {
    const before = now();
    const after = now();
    if (after > before) step_ms = Math.min(step_ms, after - before);
  }
  const fine = step_ms <= CLOCK_RESOLUTION_MS;
  return {
    name: 'clock',
    state: fine ? 'ready' : 'missing',
    found: `monotonic, steps of ${step_ms.toFixed(4)} ms`,
    purpose: 'latencies one can believe',
    remedy: fine ? null : 'Run on a machine whose monotonic clock is not throttled.',
  };
}
