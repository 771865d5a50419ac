/** What the complete final reads of a stream must hold. */
import type { Book } from './book.ts';
import type { FinalRead, StreamState } from './state.ts';

/**
 * Every id that was known before a complete final read began and that it neither holds nor was told is gone. Where the
 * target keeps only the newest events, only those that were among them all the time.
 */
export function* missingFromFinals(
  stream: StreamState,
  book: Book,
): Generator<{ readonly id: number; readonly read: FinalRead }, void, undefined> {
  const { history_limit } = book.declared;
  for (const read of stream.finals) {
    if (!read.complete) continue;
    if (read.seen.saturated) {
      book.exceed('too-many-skipped-ranges');
      continue;
    }
    const kept = history_limit === null ? 1 : stream.ledger.highest - history_limit + 1;
    for (const id of stream.ledger.ids(Math.max(1, read.cursor + 1, read.excused + 1, kept))) {
      if (!read.seen.has(id) && stream.ledger.knownSince(id) <= read.started_ms) yield { id, read };
    }
  }
}
