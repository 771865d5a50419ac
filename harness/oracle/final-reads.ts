/** What the complete final reads of a stream must hold. */
import type { Book } from './book.ts';
import type { FinalRead, StreamState } from './state.ts';

/**
 * The lowest id that was kept all the time. Where the target keeps only the newest events it takes the true tail to
 * tell: with parts of the history left out, nothing is certain.
 */
export function oldestKept(stream: StreamState, book: Book): number {
  const { history_limit } = book.declared;
  if (history_limit === null) return 1;
  return book.excess === null ? stream.ledger.highest - history_limit + 1 : Number.POSITIVE_INFINITY;
}

/** The lowest id a final read answers for: after its cursor and after what it was told is gone. */
function answersFrom(read: FinalRead, stream: StreamState, book: Book): number {
  return Math.max(read.cursor + 1, read.excused + 1, oldestKept(stream, book));
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
