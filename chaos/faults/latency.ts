/** Everything arrives later by the same time; order and gaps stay. */
import { now } from '../../harness/clock.ts';
import { Cut, type Body, type Fault, type FaultContext } from '../fault.ts';
import { PatientReader } from '../patient-reader.ts';

/** In flight at most; beyond that the sender feels it. */
const MAX_IN_FLIGHT_BYTES = 4 * 1024 * 1024;

async function* delayed(body: Body, latency_ms: number, context: FaultContext): AsyncGenerator<Buffer, void> {
  const reader = new PatientReader(body);
  const line: { readonly bytes: Buffer; readonly came_ms: number }[] = [];
  let in_flight_bytes = 0;
  let offset = 0;
  let ended: 'end' | Cut | null = null;
  while (ended === null || line.length > 0) {
    const head = line[0];
    const due_in_ms = head === undefined || context.lifted.aborted ? 0 : head.came_ms + latency_ms - now();
    if (head !== undefined && due_in_ms <= 0) {
      line.shift();
      in_flight_bytes -= head.bytes.length;
      if (!context.lifted.aborted) context.bite(`held back ${(now() - head.came_ms).toFixed(1)} ms`, offset);
      offset += head.bytes.length;
      yield head.bytes;
    } else if (ended !== null || in_flight_bytes >= MAX_IN_FLIGHT_BYTES) {
      await context.sleep(due_in_ms);
    } else {
      try {
        const bytes = await reader.next(head === undefined ? Infinity : due_in_ms);
        if (bytes === null) ended = 'end';
        else if (bytes !== 'late') {
          line.push({ bytes, came_ms: now() });
          in_flight_bytes += bytes.length;
        }
      } catch (error) {
        if (!(error instanceof Cut)) throw error;
        ended = error;
      }
    }
  }
  if (ended instanceof Cut) throw ended;
}

export interface LatencyOptions {
  readonly latency_ms: number;
  /** `to-target` delays the request, head and body; `to-client` the answer's head and body. */
  readonly direction: 'to-client' | 'to-target';
}

/** Starts reading at once: the body's delay runs beside its head's, not after it. */
function begin(body: AsyncGenerator<Buffer, void>): Body {
  let first: ReturnType<typeof body.next> | null = body.next();
  // Whoever reads the body meets the error; nobody may ever do so.
  first.catch(() => undefined);
  const next = (): ReturnType<typeof body.next> => {
    const step = first ?? body.next();
    first = null;
    return step;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

export function latency({ latency_ms, direction }: LatencyOptions): Fault {
  const name = 'latency';
  if (direction === 'to-target') {
    return {
      name,
      request: async (request, context) => {
        context.bite(`request held back ${latency_ms} ms`);
        await context.sleep(latency_ms);
        request.body = delayed(request.body, latency_ms, context);
        return undefined;
      },
    };
  }
  /** Exchanges whose body was put on the line together with its head. */
  const whole = new WeakSet<FaultContext>();
  return {
    name,
    response: async ({ head, body }, context) => {
      whole.add(context);
      const line = begin(delayed(body, latency_ms, context));
      context.bite(`answer held back ${latency_ms} ms`);
      await context.sleep(latency_ms);
      return { head, body: line };
    },
    body: (body, context) => (whole.has(context) ? body : delayed(body, latency_ms, context)),
  };
}
