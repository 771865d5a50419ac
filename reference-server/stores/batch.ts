/** What every store demands of an append, decided once and before any store is touched. */
import { terminalStatus, type NewEvent, type StreamStatus } from '../../spec/wire.ts';

export const MAX_BATCH_EVENTS = 1000;

/**
 * The status the batch ends its stream with, null when the stream goes on.
 * Throws RangeError for a batch no store accepts. Text must be well-formed because a lone surrogate has no UTF-8:
 * a durable store would have to alter it. (As an escape inside `payload_json` it is plain ASCII and survives.)
 */
export function endOfBatch(events: readonly NewEvent[]): Exclude<StreamStatus, 'running'> | null {
  if (events.length < 1 || events.length > MAX_BATCH_EVENTS) {
    throw new RangeError(`events: ${events.length} given, 1 to ${MAX_BATCH_EVENTS} are accepted`);
  }
  let end: Exclude<StreamStatus, 'running'> | null = null;
  for (const [index, event] of events.entries()) {
    if (end !== null) throw new RangeError(`events[${index - 1}]: a terminal event must be the last of its batch`);
    if (!event.type.isWellFormed() || !event.payload_json.isWellFormed()) {
      throw new RangeError(`events[${index}]: type and payload_json must be well-formed Unicode`);
    }
    end = endOf(event);
  }
  return end;
}

function endOf({ type, payload_json }: NewEvent): Exclude<StreamStatus, 'running'> | null {
  // Only an error's payload decides; parsing every payload would cost more than storing it.
  return terminalStatus(type, type === 'error' ? (JSON.parse(payload_json) as unknown) : null);
}
