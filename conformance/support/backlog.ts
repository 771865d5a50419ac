/** A reader that takes nothing, and so much to take that the buffers of both kernels are full. */
import type { AppendEvent } from '../../harness/dialects/dialect.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { oneInstance } from './direct.ts';

const EVENT_BYTES = 262_144;
/** A loopback connection takes about 4 MiB before it pushes back; half as much again leaves no doubt. */
export const BACKLOG_BYTES = 6 * 1_048_576;

/** One event of a size that fits every limit; its text is cheap to make. */
export function largeEvent(bytes = EVENT_BYTES): AppendEvent {
  return { type: 'agent_chunk', payload_json: JSON.stringify({ step: 'backlog', chunk: 'x'.repeat(bytes) }) };
}

/** Appends about so many bytes; returns the last id. `acknowledged` is told how long each append took. */
export async function pileUp(
  lab: Lab,
  stream: StreamHandle,
  bytes: number,
  acknowledged: (id: number, took_ms: number) => void = () => undefined,
): Promise<number> {
  const { body_bytes } = lab.target.limits;
  const event_bytes = Math.min(EVENT_BYTES, Math.floor((body_bytes ?? Infinity) / 2));
  const event = largeEvent(event_bytes);
  let last = 0;
  for (let sent = 0; sent < bytes; sent += event_bytes) {
    const { outcome, ids, exchange } = await lab.tryAppend(stream, [event], {}, oneInstance(lab));
    lab.given(outcome === 'ok', 'setup-append', `a large event was answered ${exchange.status}`);
    last = ids.at(-1) ?? last;
    acknowledged(last, exchange.ended_ms - exchange.sent_ms);
  }
  return last;
}
