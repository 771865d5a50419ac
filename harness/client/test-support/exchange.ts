/** A finished exchange as the client would have recorded it. */
import type { Exchange } from '../exchange.ts';

export interface ExchangeParts extends Partial<Omit<Exchange, 'chunks' | 'body'>> {
  /** Chunk `n`, from 0, arrives at `headers_ms + n + 1`. */
  readonly chunks?: readonly (string | Uint8Array)[];
}

export function exchangeOf({ chunks = [], ...parts }: ExchangeParts = {}): Exchange {
  const headers_ms = parts.headers_ms === undefined ? 10 : parts.headers_ms;
  const bytes = chunks.map((chunk) => Buffer.from(chunk));
  let offset = 0;
  return {
    number: 1,
    request: { method: 'GET', path: '/', headers: [] },
    account_id: null,
    via: 'ingress',
    status: 200,
    headers: [],
    body: Buffer.concat(bytes),
    chunks: bytes.map((chunk, index) => {
      offset += chunk.length;
      return { offset: offset - chunk.length, at_ms: (headers_ms ?? 0) + index + 1, bytes: chunk };
    }),
    discarded_bytes: 0,
    sent_ms: 0,
    connected_ms: 0,
    reused_socket: false,
    headers_ms,
    ended_ms: 100,
    end: 'complete',
    error: null,
    ...parts,
  };
}
