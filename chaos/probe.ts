/** Looks at an instance from outside, the way its clients meet it: the evidence behind process faults. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { now } from '../harness/clock.ts';
import { PROBE_INTERVAL_MS, PROBE_TIMEOUT_MS } from '../harness/timeouts.ts';
import { waitFor } from './wait.ts';

function isTls(url: URL): boolean {
  return url.protocol === 'https:';
}

/** A connection that is not made in that time ends with ETIMEDOUT: where SYNs are dropped, nobody else says so soon. */
function dial(url: URL, within_ms: number): Socket {
  const socket = connect({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isTls(url) ? '443' : '80')),
  });
  // 'close' follows every error and says whether there was one.
  socket.on('error', () => undefined);
  socket.setTimeout(within_ms, () => {
    socket.destroy(Object.assign(new Error(`no connection within ${within_ms} ms`), { code: 'ETIMEDOUT' }));
  });
  socket.once('connect', () => socket.setTimeout(0));
  return socket;
}

export interface Tripwire extends Disposable {
  /** How and when the held connection broke; null when it did not within the time. */
  broken(within_ms: number): Promise<{ readonly how: 'reset' | 'closed'; readonly at_ms: number } | null>;
}

/** Holds a connection to the instance; null when it could not be made in that time. */
export async function tripwire(url: URL, within_ms: number = PROBE_TIMEOUT_MS): Promise<Tripwire | null> {
  const socket = dial(url, within_ms);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => {
      resolve(true);
    });
    socket.once('close', () => {
      resolve(false);
    });
  });
  if (!connected) return null;
  socket.resume();
  let end: { readonly how: 'reset' | 'closed'; readonly at_ms: number } | null = null;
  const ended = new AbortController();
  socket.once('close', (hadError: boolean) => {
    end = { how: hadError ? 'reset' : 'closed', at_ms: now() };
    ended.abort();
  });
  return {
    broken: async (within_ms) => {
      await waitFor(within_ms, [ended.signal]);
      return end;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** The error a new connection meets: ECONNREFUSED, or ETIMEDOUT when nobody answers; null when it is accepted. */
export function refusal(url: URL, within_ms: number = PROBE_TIMEOUT_MS): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = dial(url, within_ms);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
  });
}

/** Status of GET /healthz; null when no answer came in time. A server without it answers 404, which is alive too. */
export function health(url: URL, within_ms: number = PROBE_TIMEOUT_MS): Promise<number | null> {
  return new Promise((resolve) => {
    const request = isTls(url) ? requestHttps : requestHttp;
    const probe = request(new URL('/healthz', url), { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? null);
    });
    const timer = setTimeout(() => probe.destroy(), within_ms);
    probe.once('error', () => {
      resolve(null);
    });
    probe.once('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
    probe.end();
  });
}

/** When the instance answered again (below 500); null when it did not within the time. */
export async function answersAgain(url: URL, within_ms: number): Promise<number | null> {
  const ends_ms = now() + within_ms;
  while (now() < ends_ms) {
    const status = await health(url, Math.min(PROBE_TIMEOUT_MS, Math.max(1, ends_ms - now())));
    if (status !== null && status < 500) return now();
    await waitFor(PROBE_INTERVAL_MS, []);
  }
  return null;
}
