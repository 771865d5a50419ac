/** One exchange over node:http, from its request to its end. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { now } from '../clock.ts';
import { deferred } from '../deferred.ts';
import { singleUseAgent } from './connection.ts';
import type { Chunk, Exchange, ExchangeEnd, HeaderList, HttpRequest } from './exchange.ts';
import type { ExchangeHead, ExchangeListeners, HttpTimeouts, LiveExchange, SendOptions } from './http-client.ts';
import { completeRequest } from './request-bytes.ts';

/** Body bytes kept of one exchange. */
export const DEFAULT_MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** All response headers together: far above what any server sends, and still a bound. */
const MAX_RESPONSE_HEADER_BYTES = 256 * 1024;

/** Node's name for a peer that closed cleanly before the message was whole; a broken socket names its system call. */
function errorCode(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNRESET' && error.syscall === undefined) return 'EOF';
  return error.code ?? error.name;
}

function headerList(raw: readonly string[]): HeaderList {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return pairs;
}

export class HttpExchange implements LiveExchange {
  readonly #opened = deferred<ExchangeHead>();
  readonly #finished = deferred<Exchange>();
  readonly opened = this.#opened.promise;
  readonly finished = this.#finished.promise;

  readonly #options: SendOptions;
  readonly #listeners: ExchangeListeners;
  readonly #sent: HttpRequest & { readonly headers: HeaderList };
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = (): void => {
    this.abort();
  };
  readonly #sent_ms: number;
  readonly #chunks: Chunk[] = [];

  #request: ClientRequest | null = null;
  #response: IncomingMessage | null = null;
  #head: ExchangeHead | null = null;
  #connected_ms: number | null = null;
  #bytes_received = 0;
  #kept_bytes = 0;
  #stalled = false;
  #end: ExchangeEnd | null = null;

  constructor(options: SendOptions, timeouts: HttpTimeouts, listeners: ExchangeListeners) {
    this.#options = options;
    this.#listeners = listeners;
    this.#sent = completeRequest(options.base, options.request);
    this.#sent_ms = now();
    if (options.signal?.aborted === true) {
      this.abort();
      return;
    }
    this.#request = this.#start();
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#deadline(timeouts.connect_ms, 'TIMEOUT_CONNECT', () => this.#connected_ms === null);
    this.#deadline(timeouts.headers_ms, 'TIMEOUT_HEADERS', () => this.#head === null);
    this.#deadline(timeouts.total_ms, 'TIMEOUT_TOTAL', () => true);
  }

  get bytes_received(): number {
    return this.#bytes_received;
  }

  get end(): ExchangeEnd | null {
    return this.#end;
  }

  stall(): void {
    this.#stalled = true;
    this.#response?.pause();
  }

  resume(): void {
    this.#stalled = false;
    this.#response?.resume();
  }

  abort(end: 'aborted' | 'timeout' = 'aborted', error = 'ABORTED'): void {
    this.#finish(end, error);
  }

  #start(): ClientRequest {
    const { base, connection } = this.#options;
    const { method, path, headers, body } = this.#sent;
    const request = (base.protocol === 'https:' ? https : http).request({
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: base.port,
      method,
      path,
      // As a flat list they are sent in this order, as they are, and nothing is added but what framing needs.
      headers: headers.flat(),
      agent: connection?.agent ?? singleUseAgent(base),
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
    });
    request.on('socket', (socket) => {
      this.#onSocket(socket);
    });
    request.on('response', (response) => {
      this.#onResponse(response);
    });
    request.on('error', (error) => {
      this.#broke(errorCode(error));
    });
    request.on('close', () => {
      // A whole response may still wait in the buffer of a stalled reader.
      if (this.#response?.complete !== true) this.#broke('EOF');
    });
    request.end(body);
    return request;
  }

  #deadline(after_ms: number | null, error: string, stillWaiting: () => boolean): void {
    if (after_ms === null) return;
    const timer = setTimeout(() => {
      if (stillWaiting()) this.abort('timeout', error);
    }, after_ms);
    this.#timers.push(timer);
  }

  #onSocket(socket: Socket): void {
    if (this.#request?.reusedSocket === true) {
      this.#connected_ms = now();
      return;
    }
    socket.once(this.#options.base.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      this.#connected_ms = now();
    });
  }

  #onResponse(response: IncomingMessage): void {
    this.#response = response;
    this.#head = { status: response.statusCode ?? 0, headers: headerList(response.rawHeaders), at_ms: now() };
    response.on('data', (bytes: Buffer) => {
      this.#onData(bytes);
    });
    response.on('error', (error) => {
      this.#broke(errorCode(error));
    });
    response.on('end', () => {
      if (response.complete) this.#finish('complete', null);
    });
    if (this.#stalled) response.pause();
    this.#listeners.onHead?.(this.#head);
    this.#opened.resolve(this.#head);
  }

  #onData(bytes: Buffer): void {
    const chunk: Chunk = { offset: this.#bytes_received, at_ms: now(), bytes };
    this.#bytes_received += bytes.length;
    const room = (this.#options.max_kept_bytes ?? DEFAULT_MAX_KEPT_BYTES) - this.#kept_bytes;
    if (room > 0) {
      const kept = bytes.length <= room ? chunk : { ...chunk, bytes: bytes.subarray(0, room) };
      this.#chunks.push(kept);
      this.#kept_bytes += kept.bytes.length;
    }
    this.#listeners.onChunk?.(chunk);
  }

  #broke(error: string): void {
    // What came in the same read as the break stands in the buffer still; reading it out emits it as `data`.
    while (this.#end === null && this.#response !== null && this.#response.read() !== null);
    this.#finish(this.#connected_ms === null ? 'refused' : 'reset', error);
  }

  #finish(end: ExchangeEnd, error: string | null): void {
    if (this.#end !== null) return;
    this.#end = end;
    const exchange = this.#record(end, error);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    const request = this.#request;
    // A keep-alive socket may carry the next exchange only when this one is over in both directions.
    if (end !== 'complete' || request?.writableFinished === false) request?.destroy();
    this.#listeners.onEnd?.(exchange);
    this.#opened.resolve({ status: exchange.status, headers: exchange.headers, at_ms: exchange.ended_ms });
    this.#finished.resolve(exchange);
  }

  #record(end: ExchangeEnd, error: string | null): Exchange {
    const { number = 0, account_id = null, via = 'ingress' } = this.#options;
    const chunks = this.#chunks;
    let body: Buffer | null = null;
    return {
      number,
      request: this.#sent,
      account_id,
      via,
      status: this.#head?.status ?? 0,
      headers: this.#head?.headers ?? [],
      // Most bodies are never asked for as a whole.
      get body() {
        return (body ??= Buffer.concat(chunks.map((chunk) => chunk.bytes)));
      },
      chunks,
      discarded_bytes: this.#bytes_received - this.#kept_bytes,
      sent_ms: this.#sent_ms,
      connected_ms: this.#connected_ms,
      reused_socket: this.#request?.reusedSocket ?? false,
      headers_ms: this.#head?.at_ms ?? null,
      ended_ms: now(),
      end,
      error,
    };
  }
}
