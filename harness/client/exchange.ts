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
 * How an exchange ended. `complete`: the message ended as HTTP says. `reset`: the connection broke.
 * `refused`: it never came to be. `timeout`: our own deadline. `aborted`: we closed it.
 */
export type ExchangeEnd = 'complete' | 'reset' | 'refused' | 'timeout' | 'aborted';

export interface Exchange {
  /** Number of the exchange within its check, from 1; transcripts and failures cite it. */
  readonly number: number;
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
  readonly sent_ms: number;
  readonly headers_ms: number | null;
  readonly ended_ms: number;
  readonly end: ExchangeEnd;
  /** The socket's error code when it did not complete, e.g. ECONNRESET. */
  readonly error: string | null;
}

/** First value of a header, case-insensitively; null when absent. */
export function header(headers: HeaderList, name: string): string | null {
  const wanted = name.toLowerCase();
  return headers.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1] ?? null;
}
