/** A reader that stops reading: once the buffers between are full, the target's writes go nowhere. */
import type { Fault } from '../fault.ts';

export function stalledReader(options: { readonly after_bytes?: number } = {}): Fault {
  const { after_bytes = 0 } = options;
  return {
    name: 'stalled-reader',
    body: async function* (body, context) {
      let passed_bytes = 0;
      for await (const bytes of body) {
        if (passed_bytes + bytes.length > after_bytes && !context.lifted.aborted) {
          context.bite(`stopped reading with ${bytes.length} bytes in hand`, passed_bytes);
          await context.hold();
        }
        passed_bytes += bytes.length;
        yield bytes;
      }
    },
  };
}
