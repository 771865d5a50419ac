/** What one HTTP exchange looked like on the wire. Times are `clock.now()`: milliseconds of the host's monotonic clock. */

export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as they go into the request line. */
  readonly path: string;
  /** In order; a name may stand twice. */
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
}

export interface Chunk {
  /** Offset of its first byte in the body. */
  readonly offset: number;
  readonly at_ms: number;
  readonly bytes: Buffer;
}

/**
 * How an exchange ended. `complete`: the message ended as HTTP says. `reset`: the connection broke, or what came is no
 * HTTP. `refused`: the connection never came to be, so the request was not sent. `timeout`: our own deadline.
 * `aborted`: we closed it.
 */
export type ExchangeEnd = 'complete' | 'reset' | 'refused' | 'timeout' | 'aborted';

export interface Exchange {
  /** Number of the exchange within its check, from 1; transcripts and failures cite it. */
  readonly number: number;
  /** As sent: the path with the base URL's prefix, the headers with those the client added. */
  readonly request: HttpRequest;
  /** Account id that signed it; null for none. Never the key. */
  readonly account_id: string | null;
  /** `ingress`, or the instance's index. */
  readonly via: 'ingress' | number;
  /** 0 when no answer came. */
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly chunks: readonly Chunk[];
  /** Body bytes received beyond what was to be kept: `body` and `chunks` lack them. 0 as a rule. */
  readonly discarded_bytes: number;
  readonly sent_ms: number;
  /** When the socket was ours to write to; null when it never was, so the request was not sent. */
  readonly connected_ms: number | null;
  /** It went over a socket that an earlier exchange had used. */
  readonly reused_socket: boolean;
  readonly headers_ms: number | null;
  readonly ended_ms: number;
  readonly end: ExchangeEnd;
  /**
   * What broke it when it did not complete: the socket's error code (ECONNRESET), `EOF` for a peer that closed too
   * early, HPE_… for what is no HTTP, `TIMEOUT_…` for the deadline that passed, a word of ours for why we aborted.
   */
  readonly error: string | null;
}

/** First value of a header, case-insensitively; null when absent. */
export function header(headers: HeaderList, name: string): string | null {
  const wanted = name.toLowerCase();
  return headers.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1] ?? null;
}
