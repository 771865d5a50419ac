/** Requests that never became one (head too large, too slow, no HTTP) get the same envelope, straight to the socket. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../spec/errors.ts';
import type { Seams } from '../seams.ts';

/** How long a refused client may take to read its answer. */
const LINGER_MS = 1000;

const REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The request head is larger than this server accepts.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['timeout', 'The request did not arrive in time.'],
};
const NO_HTTP: readonly [ErrorCode, string] = ['bad_request', 'This is no HTTP request that can be read.'];

const refused = new WeakSet<Socket>();
const busy = new WeakSet<Socket>();

/** A response is leaving over this socket until it closes: no answer may be written into it. */
export function markBusy(socket: Socket, response: ServerResponse): void {
  busy.add(socket);
  response.once('close', () => busy.delete(socket));
}

export function refuseConnection(
  { failure }: Pick<Seams, 'failure'>,
  error: Error & { readonly code?: string },
  socket: Socket,
): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  if (error.code === 'ECONNRESET' || !socket.writable || busy.has(socket)) {
    socket.destroy();
    return;
  }
  const [code, message] = REFUSALS[error.code ?? ''] ?? NO_HTTP;
  const { status, headers, body } = failure(code, message);
  const lines = Object.entries({
    ...headers,
    'x-request-id': randomUUID(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
  // What still comes in is dropped: closing with unread bytes would reset the connection before the answer is read.
  socket.removeAllListeners('data');
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
