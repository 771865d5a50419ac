/** Requests that no HTTP client would send: bytes on a socket, and what came back on it. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { now } from '../../harness/clock.ts';
import type { HttpRequest } from '../../harness/client/exchange.ts';
import type { Lab } from '../../harness/lab.ts';

export interface RawAnswer {
  /** 0: no status line came. */
  readonly status: number;
  /** Everything received; bytes as latin1. */
  readonly text: string;
  /** The other side ended the connection within the bound. */
  readonly ended: boolean;
  readonly took_ms: number;
}

/** The head of a signed request of the first account, without the blank line that would end it. */
export function openHead(lab: Lab, base: URL, { method, path, headers = [] }: HttpRequest): string {
  const signed = [...headers, ...lab.target.headers, ...lab.target.dialect.sign(lab.account().key)];
  const prefix = base.pathname.replace(/\/$/, '');
  const lines = [['Host', base.host] as const, ...signed].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${prefix}${path} HTTP/1.1\r\n${lines.join('')}`;
}

function dial({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  return protocol === 'https:'
    ? connectTls({ host, port: Number(port || '443'), servername: host })
    : connect({ host, port: Number(port || '80') });
}

/** Sends the bytes and nothing after them, then listens until the other side ends the connection or the bound passes. */
export function sendRaw(lab: Pick<Lab, 'signal'>, base: URL, bytes: string, within_ms: number): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const began_ms = now();
    const received: Buffer[] = [];
    const socket = dial(base);
    const finish = (ended: boolean): void => {
      clearTimeout(timer);
      lab.signal.removeEventListener('abort', giveUp);
      socket.destroy();
      const text = Buffer.concat(received).toString('latin1');
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? '0');
      resolve({ status, text, ended, took_ms: now() - began_ms });
    };
    const giveUp = (): void => {
      finish(false);
    };
    const timer = setTimeout(giveUp, within_ms);
    lab.signal.addEventListener('abort', giveUp);
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    for (const event of ['end', 'close', 'error']) {
      socket.once(event, () => {
        finish(true);
      });
    }
    socket.write(bytes, 'latin1');
  });
}
