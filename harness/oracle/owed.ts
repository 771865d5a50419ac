/** When a reader that ended is entitled to everything up to the tail. */
import type { EndRecord } from '../history.ts';
import type { Book } from './book.ts';
import type { Reader } from './state.ts';

/**
 * What was known before the returned moment, beyond what the reader received, is owed to it; null: nothing is.
 * A final read is judged at the end of the run, see `finalReads`. A page of a poll may be full: only an empty one says
 * "there is nothing more". While a fault is active, and `recovery_ms` after it, freshness is nobody's promise.
 */
export function owedBefore(end: EndRecord, reader: Reader, book: Book): number | null {
  if (!end.complete || reader.ended) return null;
  const moment = convergedBefore(end, reader, book.declared.recovery_ms);
  return moment !== null && book.wasQuietSince(moment) ? moment : null;
}

function convergedBefore(end: EndRecord, reader: Reader, recovery_ms: number): number | null {
  switch (reader.mode) {
    case 'snapshot':
      return reader.opened_ms - recovery_ms;
    case 'poll':
    case 'long-poll':
      return reader.delivered === 0 ? reader.opened_ms - recovery_ms : null;
    case 'sse':
      // After a terminal event nothing may follow, so nothing is owed.
      return reader.saw_terminal || end.at_ms - reader.opened_ms < recovery_ms ? null : end.at_ms - recovery_ms;
    case 'final':
      return null;
  }
}
