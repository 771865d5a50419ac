/** A narrow link and a slow reader are one thing to the target: bytes are taken from it only so fast. */
import { now } from '../../harness/clock.ts';
import type { Body, Fault, FaultContext } from '../fault.ts';

/** Pieces leave at least this often. */
const TICK_MS = 20;

async function* paced(body: Body, bytes_per_s: number, context: FaultContext): AsyncGenerator<Buffer, void> {
  const piece_bytes = Math.max(1, Math.floor((bytes_per_s * TICK_MS) / 1000));
  let free_ms = now();
  let offset = 0;
  for await (const bytes of body) {
    for (let start = 0; start < bytes.length; start += piece_bytes) {
      const wait_ms = free_ms - now();
      if (wait_ms > 0 && !context.lifted.aborted) {
        context.bite(`waited ${wait_ms.toFixed(1)} ms for the link`, offset);
        await context.sleep(wait_ms);
      }
      const piece = bytes.subarray(start, start + piece_bytes);
      free_ms = Math.max(free_ms, now()) + (piece.length / bytes_per_s) * 1000;
      offset += piece.length;
      yield piece;
    }
  }
}

/** At most so many bytes a second, each way or one way. */
export function bandwidth(options: {
  readonly bytes_per_s: number;
  readonly direction: 'to-client' | 'to-target';
}): Fault {
  const name = 'bandwidth';
  if (options.direction === 'to-client')
    return { name, body: (body, context) => paced(body, options.bytes_per_s, context) };
  return {
    name,
    request: (request, context) => {
      request.body = paced(request.body, options.bytes_per_s, context);
      return undefined;
    },
  };
}

/** A reader that takes a few bytes a second, for ever: progress, but hardly any. */
export function trickleReader(options: { readonly bytes_per_s: number }): Fault {
  return { name: 'trickle-reader', body: (body, context) => paced(body, options.bytes_per_s, context) };
}
