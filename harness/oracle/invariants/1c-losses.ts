/**
 * Nothing that exists is skipped. Within a subscription an id jumps only over ids that do not exist or were signalled
 * as gone; what ended completely had everything; a final read has everything.
 */
import type { DeliverRecord, EndRecord, GapRecord } from '../../history.ts';
import type { Book } from '../book.ts';
import { missingFromFinals, oldestKept } from '../final-reads.ts';
import { owedBefore } from '../owed.ts';
import { SkippedRanges, type Skip } from '../skipped-ranges.ts';
import type { Reader, StreamState } from '../state.ts';
import type { Findings } from '../verdict.ts';

interface Losses {
  readonly on: {
    readonly deliver: (record: DeliverRecord, reader: Reader) => void;
    readonly gap: (record: GapRecord, reader: Reader) => void;
    readonly end: (record: EndRecord, reader: Reader) => void;
  };
  readonly finish: () => void;
}

export function losses(book: Book, findings: Findings): Losses {
  const { history_limit } = book.declared;
  const skipped = new SkippedRanges(book);
  /** Whom a late gap might excuse. */
  const skippers = new WeakSet<Reader>();
  /**
   * Who began latest in a stream and read all the rest: what it may have found pruned is no loss, what was promised to
   * be kept is. Nothing excuses it, it ended without a gap; and it covers all who began earlier.
   */
  const latest_starts = new Map<StreamState, Skip>();

  function lost(stream: StreamState, id: number, subscription: string, at_ms: number, how: string): void {
    const isAcknowledged = !Number.isNaN(stream.ledger.appended(id));
    findings.add(isAcknowledged ? 'acknowledged-event-lost' : 'event-lost', () => ({
      expected: `event ${id} of ${stream.name} (${isAcknowledged ? 'acknowledged' : 'received by others'}) to reach ${subscription} or a gap to be signalled`,
      observed: how,
      at_ms,
      mark: 'missing',
      stream: stream.name,
      id,
      subscription,
    }));
  }

  function judge(stream: StreamState, { to, subscription, at_ms }: Skip, from: number): void {
    const id = from > to ? null : stream.ledger.firstKnown(from, to, Number.POSITIVE_INFINITY);
    if (id !== null) lost(stream, id, subscription, at_ms, `event ${to + 1} came without it`);
  }

  /** Of a pruned history the first id says nothing until the reader is known to have read to the tail. */
  function startsLate(reader: Reader): boolean {
    return history_limit !== null && reader.cursor === 0 && reader.first_id === null && !reader.gapped;
  }

  return {
    on: {
      deliver: (record, reader) => {
        const { id } = record;
        if (id === null || id <= reader.last + 1 || startsLate(reader)) return;
        const { subscription, at_ms } = record;
        skippers.add(reader);
        skipped.add(reader.stream, { from: reader.last + 1, to: id - 1, subscription, at_ms });
      },
      gap: (record, reader) => {
        if (skippers.has(reader)) skipped.excuse(reader.stream, record.subscription, record.through);
      },
      end: (record, reader) => {
        const { stream, subscription, first_id } = reader;
        const isWhole = reader.cursor === 0 && !reader.gapped;
        const readAll =
          record.complete && (reader.mode === 'snapshot' || (reader.mode === 'sse' && reader.saw_terminal));
        if (history_limit !== null && readAll && isWhole && first_id !== null && first_id > 1) {
          const to = first_id - 1;
          if (to > (latest_starts.get(stream)?.to ?? 0)) {
            latest_starts.set(stream, { from: 1, to, subscription, at_ms: record.at_ms });
          }
        }
        const moment = owedBefore(record, reader, book);
        const id = moment === null ? null : stream.ledger.firstKnown(reader.last + 1, Number.POSITIVE_INFINITY, moment);
        if (id !== null) lost(stream, id, subscription, record.at_ms, `a complete ${reader.mode} without it`);
      },
    },
    finish: () => {
      for (const [stream, skip] of skipped.unexcused()) judge(stream, skip, skip.from);
      for (const [stream, skip] of latest_starts) {
        judge(stream, skip, Math.max(skip.from, oldestKept(stream, book)));
      }
      for (const stream of book.streams()) {
        for (const { id, read } of missingFromFinals(stream, book)) {
          lost(stream, id, read.subscription, read.started_ms, 'a complete final read without it');
        }
      }
    },
  };
}
