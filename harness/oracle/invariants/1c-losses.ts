/**
 * Nothing that exists is skipped. Within a subscription an id jumps only over ids that do not exist or were signalled
 * as gone; what ended completely had everything; a final read has everything.
 */
import type { DeliverRecord, EndRecord, GapRecord } from '../../history.ts';
import type { Book } from '../book.ts';
import { missingFromFinals, oldestKept } from '../final-reads.ts';
import { owedBefore } from '../owed.ts';
import type { Reader, StreamState } from '../state.ts';
import type { Findings } from '../verdict.ts';

/** A reader passed over these ids. A loss, once one of them is known to exist. */
interface Skipped {
  readonly to: number;
  readonly subscription: string;
  readonly at_ms: number;
  /** The reader began there, so ids that may have been pruned by then are no loss. */
  readonly at_start: boolean;
}

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
  /** By stream and first skipped id. Readers that skip the same are one. */
  const skips = new Map<StreamState, Map<number, Skipped>>();
  /** Whom a late gap might excuse. */
  const skippers = new WeakSet<Reader>();
  let count = 0;

  function skip(stream: StreamState, from: number, skipped: Skipped): void {
    const ofStream = skips.get(stream) ?? new Map<number, Skipped>();
    skips.set(stream, ofStream);
    const known = ofStream.get(from);
    if (known !== undefined && known.to >= skipped.to && (skipped.at_start || !known.at_start)) return;
    if (known === undefined) {
      if (count >= book.limits.skipped_ranges) {
        book.exceed('too-many-skipped-ranges');
        return;
      }
      count += 1;
    }
    ofStream.set(from, skipped);
  }

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
        skip(reader.stream, reader.last + 1, { to: id - 1, subscription, at_ms, at_start: false });
      },
      gap: (record, reader) => {
        if (!skippers.has(reader)) return;
        // Signalled late, but signalled.
        const ofStream = skips.get(reader.stream);
        for (const [from, skipped] of ofStream ?? []) {
          if (skipped.subscription !== record.subscription || from > record.through) continue;
          ofStream?.delete(from);
          count -= 1;
          if (skipped.to > record.through) skip(reader.stream, record.through + 1, skipped);
        }
      },
      end: (record, reader) => {
        const { stream, subscription, first_id } = reader;
        const isWhole = reader.cursor === 0 && !reader.gapped;
        const readAll =
          record.complete && (reader.mode === 'snapshot' || (reader.mode === 'sse' && reader.saw_terminal));
        if (history_limit !== null && readAll && isWhole && first_id !== null && first_id > 1) {
          skip(stream, 1, { to: first_id - 1, subscription, at_ms: record.at_ms, at_start: true });
        }
        const moment = owedBefore(record, reader, book);
        const id = moment === null ? null : stream.ledger.firstKnown(reader.last + 1, Number.POSITIVE_INFINITY, moment);
        if (id !== null) lost(stream, id, subscription, record.at_ms, `a complete ${reader.mode} without it`);
      },
    },
    finish: () => {
      for (const [stream, ofStream] of skips) {
        const kept = oldestKept(stream, book);
        for (const [first, { to, subscription, at_ms, at_start }] of ofStream) {
          const from = at_start ? Math.max(first, kept) : first;
          const id = from > to ? null : stream.ledger.firstKnown(from, to, Number.POSITIVE_INFINITY);
          if (id !== null) lost(stream, id, subscription, at_ms, `event ${to + 1} came without it`);
        }
      }
      for (const stream of book.streams()) {
        for (const { id, read } of missingFromFinals(stream, book)) {
          lost(stream, id, read.subscription, read.started_ms, 'a complete final read without it');
        }
      }
    },
  };
}
