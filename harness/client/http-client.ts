/**
 * The recording HTTP client. Nothing is automatic: no redirects, no retries, no decompression, no path normalisation.
 * It never rejects for what a server does; how an exchange ended is part of what was recorded.
 */
import { HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../timeouts.ts';
import type { Connection } from './connection.ts';
import type { Chunk, Exchange, ExchangeEnd, HeaderList, HttpRequest } from './exchange.ts';
import { HttpExchange } from './http-exchange.ts';

/** Deadlines in milliseconds, each from the start of the exchange; null: none. */
export interface HttpTimeouts {
  readonly connect_ms: number | null;
  readonly headers_ms: number | null;
  /** The whole exchange. */
  readonly total_ms: number | null;
}

export interface SendOptions {
  /** http: or https:. A path prefix in it goes before the request's path. */
  readonly base: URL;
  readonly request: HttpRequest;
  readonly number?: number;
  readonly account_id?: string | null;
  readonly via?: Exchange['via'];
  /** Default: a socket of its own, closed with the exchange. */
  readonly connection?: Connection;
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Body bytes kept; more are counted and handed to `onChunk`, not kept. Default: 64 MiB. */
  readonly max_kept_bytes?: number;
}

export interface ExchangeHead {
  /** 0 when no answer came. */
  readonly status: number;
  readonly headers: HeaderList;
  readonly at_ms: number;
}

/** Called synchronously as things happen; they must not throw. */
export interface ExchangeListeners {
  onHead?(head: ExchangeHead): void;
  /** Every chunk, also one that is not kept. */
  onChunk?(chunk: Chunk): void;
  onEnd?(exchange: Exchange): void;
}

/** An exchange under way. */
export interface LiveExchange {
  /** Resolves with the headers, or with status 0 when the exchange ended without. */
  readonly opened: Promise<ExchangeHead>;
  readonly finished: Promise<Exchange>;
  /** Body bytes so far. */
  readonly bytes_received: number;
  /** Non-null once it has ended. */
  readonly end: ExchangeEnd | null;
  /** Stops / resumes reading from the socket: the sender feels it. */
  stall(): void;
  resume(): void;
  /** Ends it at once. Default: `aborted`, for the reason `ABORTED`. Without effect once it has ended. */
  abort(end?: 'aborted' | 'timeout', error?: string): void;
}

/** Starts an exchange. Throws only for a request that HTTP cannot carry (a control character in a header). */
export function follow(options: SendOptions, listeners: ExchangeListeners = {}): LiveExchange {
  const defaults = { connect_ms: HEADERS_TIMEOUT_MS, headers_ms: HEADERS_TIMEOUT_MS, total_ms: null };
  return new HttpExchange(options, { ...defaults, ...options.timeouts }, listeners);
}

/** One request and its whole answer. Rejects only for a request that HTTP cannot carry. */
export async function send(options: SendOptions): Promise<Exchange> {
  const defaults = { headers_ms: null, total_ms: REQUEST_TIMEOUT_MS };
  return await follow({ ...options, timeouts: { ...defaults, ...options.timeouts } }).finished;
}
