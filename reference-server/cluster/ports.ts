/**
 * Ports an instance can come back to. A port from the range that outgoing connections draw from may be taken by one of
 * them while the instance is down, so these lie below it.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const LOWEST = 10_000;
/** Where Linux starts by default; other systems start higher. */
const DEFAULT_EPHEMERAL_START = 32_768;
const ATTEMPTS = 50;

async function ephemeralStart(): Promise<number> {
  try {
    const [start] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).trim().split(/\s+/);
    return Math.max(LOWEST + 1000, Number(start) || DEFAULT_EPHEMERAL_START);
  } catch {
    // Not Linux.
    return DEFAULT_EPHEMERAL_START;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      resolve(true);
    });
  });
  if (free) {
    server.close();
    await once(server, 'close');
  }
  return free;
}

/** Free at this moment; somebody else may still take it before it is used. */
export async function findPort(): Promise<number> {
  const end = await ephemeralStart();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, end);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found between ${LOWEST} and ${end} in ${ATTEMPTS} attempts`);
}
