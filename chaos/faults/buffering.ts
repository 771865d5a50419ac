/**
 * A hop that buffers answers. `threshold`: holds until that many bytes wait, then forwards all (seed 004 §1: an
 * ingress that flushes at about 4 KB). `block`: forwards whole multiples only, as nginx does. The rest leaves with
 * the end of the answer.
 */
import { now } from '../../harness/clock.ts';
import type { Fault } from '../fault.ts';

export interface BufferingOptions {
  readonly mode: 'threshold' | 'block';
  readonly bytes: number;
}

export function buffering({ mode, bytes: size_bytes }: BufferingOptions): Fault {
  return {
    name: `${mode}-buffer`,
    body: async function* (body, context) {
      let held: Buffer = Buffer.alloc(0);
      let offset = 0;
      let since_ms = 0;
      for await (const bytes of body) {
        if (held.length === 0) since_ms = now();
        held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
        const whole = mode === 'block' ? held.length - (held.length % size_bytes) : held.length;
        if (held.length < size_bytes) context.bite(`holds ${held.length} bytes`, offset);
        else {
          if (since_ms < now())
            context.bite(`forwards ${whole} bytes after ${(now() - since_ms).toFixed(1)} ms`, offset);
          yield held.subarray(0, whole);
          offset += whole;
          held = held.subarray(whole);
          if (held.length > 0) context.bite(`holds ${held.length} bytes`, offset);
          since_ms = now();
        }
      }
      yield held;
    },
  };
}
