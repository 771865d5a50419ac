/**
 * The one proxy: HTTP/1.1-aware, on loopback, in front of any target. Without faults it is transparent: status, header
 * order and case, body bytes, their timing, how either side ends. Each client connection has a target connection of
 * its own, so what a server keeps per socket stays per socket.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { now } from '../harness/clock.ts';
import type { FaultResult } from '../harness/result.ts';
import { ProxyConnection } from './connection.ts';
import type { CutKind, Fault, ProxyRequest } from './fault.ts';
import { ProxyLog, type Bite } from './proxy-log.ts';

export interface ProxyOptions {
  /** Plain http; only host and port count. */
  readonly target: URL;
  /** Armed from the start. The first is next to the target. */
  readonly faults?: readonly Fault[];
}

/** Answer of `arm`: the fault on this proxy, from then to its lifting. */
export interface ArmedFault {
  /** Takes it off everywhere, streams under way included. */
  lift(): void;
  /** What it did so far; without wire evidence it did not bite. */
  result(): FaultResult;
}

export interface Proxy extends AsyncDisposable {
  readonly url: URL;
  readonly port: number;
  readonly log: ProxyLog;
  /** Errors of the proxy or its faults themselves; empty in a sound run. */
  readonly failures: readonly unknown[];
  /** Puts a fault on: new exchanges meet all of it, responses under way its `body` hook. */
  arm(fault: Fault): ArmedFault;
  /** Cuts every exchange under way that matches, once. */
  sever(kind: CutKind, matches?: (request: ProxyRequest) => boolean): FaultResult;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

const LISTEN_HOST = '127.0.0.1';
const MAX_FAILURES = 100;

function address(target: URL): { host: string; port: number } {
  if (target.protocol !== 'http:') {
    throw new TypeError(`target: found ${target.protocol}//, accepted is http://; terminate TLS in front of the proxy`);
  }
  return { host: target.hostname.replace(/^\[|\]$/g, ''), port: Number(target.port || '80') };
}

/** Listens on a free port of 127.0.0.1. Rejects when `target` is no http URL. */
export async function openProxy(options: ProxyOptions): Promise<Proxy> {
  const target = address(options.target);
  const log = new ProxyLog();
  const failures: unknown[] = [];
  const connections = new Set<ProxyConnection>();
  let faults: readonly Fault[] = options.faults ?? [];

  const host = {
    target,
    log,
    get faults() {
      return faults;
    },
    failed: (error: unknown) => {
      if (failures.length < MAX_FAILURES) failures.push(error);
    },
  };
  const accept = (client: Socket): void => {
    const connection = new ProxyConnection(host, client);
    connections.add(connection);
    void connection.run().finally(() => connections.delete(connection));
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LISTEN_HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;

  const arm = (given: Fault): ArmedFault => {
    // Evidence and lifting are of this arming alone, also where the same fault is armed again.
    const fault = { ...given };
    const at_ms = now();
    let healed_ms: number | null = null;
    faults = [...faults, fault];
    for (const connection of connections) connection.arm(fault);
    return {
      lift: () => {
        healed_ms ??= now();
        faults = faults.filter((other) => other !== fault);
        for (const connection of connections) connection.lift(fault);
      },
      result: () => faultResult(fault.name, options.target, { at_ms, healed_ms }, log.bitesOf(fault)),
    };
  };
  const sever = (kind: CutKind, matches: (request: ProxyRequest) => boolean = () => true): FaultResult => {
    const at_ms = now();
    const severing = { name: 'sever' };
    for (const connection of connections) {
      const cut = connection.sever(kind, matches);
      if (cut !== null) log.bite(severing, cut, `${kind} after ${cut.response_bytes} body bytes`, cut.response_bytes);
    }
    return faultResult('sever', options.target, { at_ms, healed_ms: at_ms }, log.bitesOf(severing));
  };
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    for (const connection of connections) connection.close();
    await closed;
  };
  const url = new URL(`http://${LISTEN_HOST}:${port}/`);
  return { url, port, log, failures, arm, sever, close, [Symbol.asyncDispose]: close };
}

function faultResult(
  kind: string,
  target: URL,
  times: { readonly at_ms: number; readonly healed_ms: number | null },
  bites: readonly Bite[],
): FaultResult {
  const [first] = bites;
  const where = first === undefined ? '' : `exchange ${first.exchange} (${first.path}): ${first.detail}`;
  const more = bites.length > 1 ? `; ${bites.length} exchanges in all` : '';
  return {
    kind,
    target: target.host,
    ...times,
    bit: first !== undefined,
    evidence: first === undefined ? 'no exchange met it' : where + more,
  };
}
