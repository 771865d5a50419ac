/** From a cursor's text to where reading starts; what cannot be served gets its own answer, never silence. */
import type { Answer, Opening, Seams } from '../../seams.ts';
import type { Job } from '../../stores/store.ts';
import { BadInput } from '../answers.ts';

type OpeningParts = Pick<Seams, 'cursors' | 'failure'>;

/** @throws BadInput when it is malformed. */
export function openingOf(parts: OpeningParts, job: Job, name: string, text: string | null): Opening {
  const cursor = text === null ? null : parts.cursors.parse(text);
  if (text !== null && cursor === null) {
    throw new BadInput(`${name}: found ${JSON.stringify(text)}, accepted is an event id: a whole number, 0 or more.`);
  }
  return parts.cursors.open(job, cursor);
}

/** The answer to a cursor that leads nowhere; null when it does. */
export function refusal(parts: OpeningParts, job: Job, opening: Opening): Answer | null {
  if (opening.kind === 'ahead') {
    return parts.failure('conflict', `The cursor is ahead of the stream, whose newest event is ${job.last_event_id}.`);
  }
  if (opening.kind === 'evicted') {
    const { earliest } = opening;
    const message = `Events after the cursor are no longer kept, the earliest is ${earliest}. Start without a cursor.`;
    return parts.failure('gone', message, { details: { earliest } });
  }
  return null;
}
