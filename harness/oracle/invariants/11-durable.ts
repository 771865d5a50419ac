/** Invariant 11: what any subscription ever received is in the final read, under the same id, with the same payload. */
import type { DeliverRecord } from '../../history.ts';
import { missingFromFinals } from '../final-reads.ts';
import type { Fold, Invariant } from '../fold.ts';
import { differ } from '../ledger.ts';
import type { Reader } from '../state.ts';
import { Findings } from '../verdict.ts';

export const durable: Invariant = {
  number: 11,
  reads_book: true,
  init: (book): Fold => {
    const findings = new Findings();
    let compared = false;

    function judgeDelivery(record: DeliverRecord, reader: Reader): void {
      const { id } = record;
      if (reader.mode !== 'final' || id === null) return;
      const seen = reader.stream.ledger.seen(id);
      if (Number.isNaN(seen)) return;
      compared = true;
      if (!differ(seen, book.payloads.key(record.payload))) return;
      findings.add('received-event-replaced', () => ({
        expected: `the final read to hold event ${id} of ${reader.stream.name} as it was received`,
        observed: 'another payload there',
        at_ms: record.at_ms,
        mark: 'foreign',
        stream: reader.stream.name,
        id,
        subscription: record.subscription,
        record,
      }));
    }

    return {
      findings,
      on: { deliver: judgeDelivery },
      finish: () => {
        for (const stream of book.streams()) {
          for (const { id, read } of missingFromFinals(stream, book)) {
            if (Number.isNaN(stream.ledger.seen(id))) continue;
            findings.add('received-event-vanished', () => ({
              expected: `event ${id} of ${stream.name}, which a subscription had received, in the final read`,
              observed: 'a complete final read without it',
              at_ms: read.started_ms,
              mark: 'missing',
              stream: stream.name,
              id,
              subscription: read.subscription,
            }));
          }
        }
      },
      // Without a complete final read there is nothing to hold the run against.
      exercised: () => compared && [...book.streams()].some((stream) => stream.finals.some((read) => read.complete)),
    };
  },
};
