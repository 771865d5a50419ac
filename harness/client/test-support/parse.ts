/** Runs the parser over a body cut into chunks. */
import type { SseItem } from '../sse-event.ts';
import { createSseParser, type SseParserOptions } from '../sse-parser.ts';

export interface Parsed {
  readonly items: readonly SseItem[];
  readonly last_event_id: string;
  readonly retry_ms: number | null;
}

/** Chunk `n`, from 0, arrives at `n` milliseconds. */
export function parseChunks(chunks: readonly Uint8Array[], options?: SseParserOptions): Parsed {
  const items: SseItem[] = [];
  const parser = createSseParser((item) => items.push(item), options);
  for (const [index, chunk] of chunks.entries()) {
    // In a buffer that is overwritten afterwards, as a socket may do: the parser must not keep it.
    const lent = Buffer.from(chunk);
    parser.push(lent, index);
    lent.fill(0x58);
  }
  parser.end();
  return { items, last_event_id: parser.last_event_id, retry_ms: parser.retry_ms };
}

/** Cuts a body at the given offsets, ascending. */
export function cut(body: Uint8Array, ...at: readonly number[]): Uint8Array[] {
  const edges = [0, ...at, body.length];
  return edges.slice(1).map((edge, index) => body.subarray(edges[index], edge));
}

export function bytewise(body: Uint8Array): Uint8Array[] {
  return Array.from(body, (byte) => Uint8Array.of(byte));
}

/** What must not depend on how the body was cut. */
export function withoutTimes({ items, ...rest }: Parsed): Parsed {
  return { ...rest, items: items.map((item) => ({ ...item, at_ms: 0 })) };
}
