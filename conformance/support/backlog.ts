/** A reader that takes nothing, and so much to take that the buffers of both kernels are full. */
import type { AppendEvent } from '../../harness/dialects/dialect.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { oneInstance } from './direct.ts';
import { findMetric } from './metrics.ts';

const MOST_EVENT_BYTES = 262_144;
/** A loopback connection takes about 4 MiB before it pushes back; half as much again leaves no doubt. */
export const BACKLOG_BYTES = 6 * 1_048_576;

function eventBytes(lab: Lab): number {
  return Math.min(MOST_EVENT_BYTES, Math.floor((lab.target.limits.body_bytes ?? Infinity) / 2));
}

/** One event of a size that fits the target's limit; its text is cheap to make. */
export function largeEvent(lab: Lab): AppendEvent {
  return { type: 'agent_chunk', payload_json: JSON.stringify({ step: 'backlog', chunk: 'x'.repeat(eventBytes(lab)) }) };
}

/** Appends about so many bytes; returns the last id. `acknowledged` is told how long each append took. */
export async function pileUp(
  lab: Lab,
  stream: StreamHandle,
  bytes: number,
  acknowledged: (id: number, took_ms: number) => void = () => undefined,
): Promise<number> {
  const event = largeEvent(lab);
  let last = 0;
  for (let sent = 0; sent < bytes; sent += eventBytes(lab)) {
    const { outcome, ids, exchange } = await lab.tryAppend(stream, [event], {}, oneInstance(lab));
    lab.given(outcome === 'ok', 'setup-append', `a large event was answered ${exchange.status}`);
    last = ids.at(-1) ?? last;
    acknowledged(last, exchange.ended_ms - exchange.sent_ms);
  }
  return last;
}

/** Hops before an instance have buffers of their own, as large again. */
const MOST_BYTES = 4 * BACKLOG_BYTES;
/** So many looks in a row with bytes waiting: nobody takes them. */
const STANDING_LOOKS = 4;

/**
 * Appends until the instance itself has to wait for the reader: where its metrics tell, no more than that; else as much
 * as several hops hold. Returns the last id. `instance`: null where other stalled readers may be on the same one, whose
 * bytes its metrics count too.
 */
export async function pileUpUntilStanding(lab: Lab, stream: StreamHandle, instance: number | null): Promise<number> {
  let last = await pileUp(lab, stream, BACKLOG_BYTES);
  let standing = 0;
  for (let sent = BACKLOG_BYTES; sent < MOST_BYTES && standing < STANDING_LOOKS; sent += eventBytes(lab)) {
    const waiting = instance !== null && ((await findMetric(lab, 'reader_queued_bytes', instance)) ?? 0) > 0;
    standing = waiting ? standing + 1 : 0;
    last = await pileUp(lab, stream, eventBytes(lab));
  }
  return last;
}
