/** One client's connection: reads request after request, hands each to an exchange, ends as the exchange says. */
import type { Socket } from 'node:net';
import { ERROR_STATUS, type ErrorCode } from '../../../spec/errors.ts';
import { Exchange, type ExchangeContext, type ExchangeEnd } from './exchange.ts';
import { headEnd, MalformedHead, parseRequestHead } from './http-head.ts';
import type { Router } from './routing.ts';
import type { Upstream } from './upstream.ts';

export interface ClientContext extends ExchangeContext {
  readonly router: Router;
  /** A begun head must be complete within this. */
  readonly head_timeout_ms: number;
  /** A connection without a request is closed after this. */
  readonly idle_timeout_ms: number;
  /** How long a client may go on sending a body that nobody wants before its connection is destroyed. */
  readonly linger_ms: number;
}

const REASONS: Partial<Record<ErrorCode, string>> = {
  bad_request: 'Bad Request',
  timeout: 'Request Timeout',
  headers_too_large: 'Request Header Fields Too Large',
  unavailable: 'Service Unavailable',
};
const NOTHING = Buffer.alloc(0);

function errorAnswer(code: ErrorCode, message: string): string {
  const body = JSON.stringify({ error: { code, message } });
  return [
    `HTTP/1.1 ${ERROR_STATUS[code]} ${REASONS[code] ?? 'Error'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    ...(code === 'unavailable' ? ['Retry-After: 1'] : []),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

export class ClientConnection {
  readonly #socket: Socket;
  readonly #context: ClientContext;
  readonly #kept = new Map<number, Upstream>();
  #exchange: Exchange | null = null;
  /** Bytes of the next head, or of requests sent ahead of their turn. */
  #pending: Buffer = NOTHING;
  #head_timer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(socket: Socket, context: ClientContext) {
    this.#socket = socket;
    this.#context = context;
    socket
      .setNoDelay(true)
      .setTimeout(context.idle_timeout_ms)
      .on('data', (bytes: Buffer) => {
        this.#received(bytes);
      })
      .on('drain', () => {
        if (this.#exchange !== null) this.#exchange.clientDrained();
        else if (!this.#closing) this.#readOn();
      })
      .on('timeout', () => {
        socket.destroy();
      })
      .on('end', () => {
        // A client that closes its side has left: nobody reads what an instance would still send.
        if (!this.#closing) socket.destroy();
      })
      .on('error', () => {
        socket.destroy();
      })
      .on('close', () => {
        clearTimeout(this.#head_timer);
        this.#exchange?.abandon();
        for (const upstream of this.#kept.values()) upstream.destroy();
      });
  }

  #received(bytes: Buffer): void {
    if (this.#closing) return;
    try {
      const rest = bytes.subarray(this.#exchange?.fromClient(bytes) ?? 0);
      if (rest.length === 0) return;
      const searched = this.#pending.length;
      this.#pending = searched === 0 ? rest : Buffer.concat([this.#pending, rest]);
      if (this.#exchange === null) this.#nextRequest(searched);
      else if (this.#pending.length > this.#context.head_bytes) this.#socket.pause();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Starts the request whose head is complete. `searched`: bytes already known to hold no end of a head. */
  #nextRequest(searched: number): void {
    const end = headEnd(this.#pending, searched);
    if ((end === -1 ? this.#pending.length : end) > this.#context.head_bytes) {
      this.#answer('headers_too_large', `The request's headers exceed ${this.#context.head_bytes} bytes; send fewer.`);
      return;
    }
    if (end === -1) {
      this.#head_timer ??= setTimeout(() => {
        this.#answer('timeout', `The request's headers were not complete after ${this.#context.head_timeout_ms} ms.`);
      }, this.#context.head_timeout_ms);
      return;
    }
    clearTimeout(this.#head_timer);
    this.#head_timer = undefined;
    this.#socket.setTimeout(0);
    const head = parseRequestHead(this.#pending.subarray(0, end));
    const order = this.#context.health.order(this.#context.router(head));
    const exchange = new Exchange(this.#context, this.#socket, head, order, this.#kept, (outcome) => {
      this.#finished(outcome);
    });
    this.#exchange = exchange;
    const rest = this.#pending.subarray(end);
    this.#pending = rest.subarray(exchange.fromClient(rest));
    exchange.start();
  }

  #finished(outcome: ExchangeEnd): void {
    this.#exchange = null;
    if (outcome === 'reset') {
      this.#reset();
    } else if (outcome === 'unavailable') {
      this.#answer('unavailable', 'No instance took the request; nothing of it took effect. Try again.');
    } else if (outcome === 'close') {
      this.#close('');
    } else {
      this.#socket.setTimeout(this.#context.idle_timeout_ms);
      // Who sends ahead without reading gets no further until what is there was taken.
      if (this.#socket.writableNeedDrain) this.#socket.pause();
      else this.#readOn();
    }
  }

  #readOn(): void {
    this.#socket.resume();
    // On a turn of its own: requests sent ahead must not recurse.
    if (this.#pending.length > 0) setImmediate(this.#resumePending);
  }

  readonly #resumePending = (): void => {
    if (this.#closing || this.#exchange !== null || this.#socket.destroyed) return;
    const ahead = this.#pending;
    this.#pending = NOTHING;
    this.#received(ahead);
  };

  #refuse(error: unknown): void {
    if (!(error instanceof MalformedHead)) throw error;
    if (this.#exchange === null) {
      this.#answer('bad_request', `The request cannot be read: ${error.message}.`);
    } else {
      // Part of it is already with an instance; only a broken connection stops that.
      this.#exchange.abandon();
      this.#socket.resetAndDestroy();
    }
  }

  #answer(code: ErrorCode, message: string): void {
    this.#close(errorAnswer(code, message));
  }

  /** Sends the last bytes; then waits for the client to close, so that a reset does not overtake them. */
  #close(last_bytes: string): void {
    this.#closing = true;
    clearTimeout(this.#head_timer);
    this.#socket.end(last_bytes);
    this.#socket.resume();
    this.#socket.setTimeout(this.#context.linger_ms);
  }

  /** Breaks the connection, after what the instance had sent before it broke. */
  #reset(): void {
    const socket = this.#socket;
    this.#closing = true;
    if (socket.writableLength === 0) {
      socket.resetAndDestroy();
      return;
    }
    socket.setTimeout(this.#context.linger_ms);
    socket.once('drain', () => {
      socket.resetAndDestroy();
    });
  }
}
