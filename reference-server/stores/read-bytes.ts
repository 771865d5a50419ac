/** How much one read hands out: an event may be a megabyte, a page a thousand events. */
import type { StreamEvent } from '../../spec/wire.ts';

/** Payload of one read, in characters. The event that passes it is the last. */
export const READ_PAYLOAD_CHARACTERS = 4 * 1024 * 1024;

/** The first events until their payloads are that much; at least one. */
export function withinBytes(events: Iterable<StreamEvent>): StreamEvent[] {
  const taken: StreamEvent[] = [];
  let characters = 0;
  for (const event of events) {
    taken.push(event);
    characters += event.payload_json.length;
    if (characters >= READ_PAYLOAD_CHARACTERS) break;
  }
  return taken;
}
