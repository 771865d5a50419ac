/** What the complete final reads of a stream must hold. */
import type { Book } from './book.ts';
import type { FinalRead, StreamState } from './state.ts';

/**
 * The lowest id a final read answers for: after its cursor and after what it was told is gone. Where the target keeps
 * only the newest events, only those count that are among them to this day.
 */
function answersFrom(read: FinalRead, stream: StreamState, book: Book): number {
  const { history_limit } = book.declared;
  const kept = history_limit === null ? 1 : stream.ledger.highest - history_limit + 1;
  return Math.max(read.cursor + 1, read.excused + 1, kept);
}

/** Every id that was known before a complete final read began and that it lacks. */
export function* missingFromFinals(
  stream: StreamState,
  book: Book,
): Generator<{ readonly id: number; readonly read: FinalRead }, void, undefined> {
  for (const read of stream.finals) {
    if (!read.complete) continue;
    if (read.seen.saturated) {
      book.exceed('too-many-skipped-ranges');
      continue;
    }
    for (const id of stream.ledger.ids(answersFrom(read, stream, book))) {
      if (!read.seen.has(id) && stream.ledger.knownSince(id) <= read.started_ms) yield { id, read };
    }
  }
}

/** Whether a final read proves that the stream holds no such id, though it holds its neighbour. */
export function provedAbsent(id: number, neighbour: number, stream: StreamState, book: Book): boolean {
  return stream.finals.some(
    (read) =>
      read.complete &&
      (read.seen.has(neighbour) || read.started_ms >= stream.ledger.knownSince(neighbour)) &&
      id >= answersFrom(read, stream, book) &&
      !read.seen.saturated &&
      !read.seen.has(id),
  );
}
