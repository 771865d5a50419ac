/** Invariant 7: at most one terminal event, nothing after it, and whoever comes later still gets it. */
import type { DeliverRecord, EndRecord } from '../../history.ts';
import { missingFromFinals } from '../final-reads.ts';
import type { Fold, Invariant } from '../fold.ts';
import { owedBefore } from '../owed.ts';
import type { Reader, StreamState } from '../state.ts';
import { Findings } from '../verdict.ts';

export const terminal: Invariant = {
  number: 7,
  reads_book: true,
  init: (book): Fold => {
    const findings = new Findings();
    let exercised = false;

    function second(stream: StreamState, id: number, at_ms: number, record: DeliverRecord | null): void {
      findings.add('second-terminal', () => ({
        expected: `${stream.name} to end with event ${stream.terminal_id ?? 0}`,
        observed: `another terminal event, ${id}`,
        at_ms,
        mark: 'foreign',
        stream: stream.name,
        id,
        subscription: record?.subscription ?? null,
        record,
      }));
    }

    function judgeDelivery(record: DeliverRecord, { stream, subscription }: Reader): void {
      const { id } = record;
      const last = stream.terminal_id;
      if (record.terminal || id === last) exercised = true;
      if (id === null || last === null) return;
      if (record.terminal && id !== last) second(stream, id, record.at_ms, record);
      if (record.terminal || id !== last) return;
      findings.add('terminal-changed', () => ({
        expected: `event ${id} of ${stream.name} to be terminal as before`,
        observed: `another type on ${subscription}`,
        at_ms: record.at_ms,
        mark: 'foreign',
        stream: stream.name,
        id,
        subscription,
        record,
      }));
    }

    function notReplayed(stream: StreamState, subscription: string, at_ms: number, how: string): void {
      findings.add('terminal-not-replayed', () => ({
        expected: `the terminal event ${stream.terminal_id ?? 0} of ${stream.name} to be replayed to ${subscription}`,
        observed: how,
        at_ms,
        mark: 'missing',
        stream: stream.name,
        id: stream.terminal_id,
        subscription,
      }));
    }

    function judgeEnd(record: EndRecord, reader: Reader): void {
      const { stream, subscription } = reader;
      const id = stream.terminal_id;
      if (id === null || reader.last >= id) return;
      const owed_ms = owedBefore(record, reader, book);
      if (owed_ms !== null && stream.ledger.knownSince(id) <= owed_ms) {
        notReplayed(stream, subscription, record.at_ms, `a complete ${reader.mode} without it`);
      } else if (waitedInVain(record, reader)) {
        notReplayed(stream, subscription, record.at_ms, 'everything before it, then nothing until the reader gave up');
      }
    }

    /** It had everything else, the stream had ended before it came, and it waited long enough, through no fault. */
    function waitedInVain(record: EndRecord, reader: Reader): boolean {
      const { terminal_id, ledger } = reader.stream;
      return (
        terminal_id !== null &&
        reader.mode === 'sse' &&
        record.by === 'client' &&
        reader.last === terminal_id - 1 &&
        ledger.knownSince(terminal_id) <= reader.opened_ms &&
        record.at_ms - reader.last_delivery_ms >= book.declared.recovery_ms &&
        book.wasQuietSince(reader.last_delivery_ms)
      );
    }

    return {
      findings,
      on: {
        'append-result': (record, attempt) => {
          const id = record.ids.at(-1);
          if (record.outcome !== 'ok' || !attempt.record.terminal || id === undefined) return;
          exercised = true;
          const { stream } = attempt.append;
          if (stream.terminal_id !== null && stream.terminal_id !== id) second(stream, id, record.at_ms, null);
        },
        deliver: judgeDelivery,
        end: judgeEnd,
      },
      finish: () => {
        for (const stream of book.streams()) {
          const { terminal_id, ledger, name } = stream;
          if (terminal_id === null) continue;
          const after = ledger.firstKnown(terminal_id + 1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
          if (after !== null) {
            findings.add('event-after-terminal', () => ({
              expected: `nothing after the terminal event ${terminal_id} of ${name}`,
              observed: `event ${after}`,
              at_ms: ledger.knownSince(after),
              mark: 'foreign',
              stream: name,
              id: after,
            }));
          }
          for (const { id, read } of missingFromFinals(stream, book)) {
            if (id === terminal_id)
              notReplayed(stream, read.subscription, read.started_ms, 'a complete final read without it');
          }
        }
      },
      exercised: () => exercised,
    };
  },
};
