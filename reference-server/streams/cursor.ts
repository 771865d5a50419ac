/**
 * Cursors: the id already seen, reads are exclusive. One function knows the grammar, one knows where a cursor leads.
 */
import type { Job } from '../stores/store.ts';
import type { Cursors, Opening } from '../seams.ts';

/** Plain decimal without sign, space, exponent or leading zero. */
const CURSOR = /^(?:0|[1-9][0-9]*)$/;

/** A number beyond 2^53 loses digits here, and is as far ahead of every stream as before. */
export function parseCursor(text: string): number | null {
  return CURSOR.test(text) ? Number(text) : null;
}

/**
 * Design 3 "Common": no cursor is the kept history; ahead and evicted are never silent; the terminal cursor of a
 * finished stream is finished, on a running one nothing is.
 */
export function openAt(job: Job, cursor: number | null): Opening {
  if (cursor === null) return { kind: 'follow', after: job.first_kept_id - 1 };
  if (cursor > job.last_event_id) return { kind: 'ahead' };
  if (job.status !== 'running' && cursor === job.last_event_id) return { kind: 'finished' };
  if (cursor < job.first_kept_id - 1) return { kind: 'evicted', earliest: job.first_kept_id };
  return { kind: 'follow', after: cursor };
}

export const cursors: Cursors = { parse: parseCursor, open: openAt };
