/** Invariant 3: whoever reads an id, whenever and in whatever mode, gets the same payload. */
import type { Fold, Invariant } from '../fold.ts';
import { differ } from '../ledger.ts';
import { Findings } from '../verdict.ts';

export const onePayload: Invariant = {
  number: 3,
  reads_book: true,
  init: (book): Fold => {
    const findings = new Findings();
    let exercised = false;
    return {
      findings,
      on: {
        deliver: (record, reader) => {
          const { id } = record;
          if (id === null) return;
          const seen = reader.stream.ledger.seen(id);
          if (Number.isNaN(seen)) return;
          exercised = true;
          if (!differ(seen, book.payloads.key(record.payload))) return;
          findings.add('payload-changed', () => ({
            expected: `event ${id} of ${reader.stream.name} to be what it was when it was first received`,
            observed: `payload ${record.payload} (${reader.mode}, ${record.subscription})`,
            at_ms: record.at_ms,
            mark: 'foreign',
            stream: reader.stream.name,
            id,
            subscription: record.subscription,
            record,
          }));
        },
      },
      exercised: () => exercised,
    };
  },
};
