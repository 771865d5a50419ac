/** Invariant 6: what carries an id is durable, and what is durable carries one: both keep a client's cursor right. */
import type { DeliverRecord } from '../../history.ts';
import type { Fold, Invariant } from '../fold.ts';
import type { PayloadKey } from '../ledger.ts';
import type { StreamState } from '../state.ts';
import { Findings } from '../verdict.ts';

/** Events without an id that are looked up when the appends are known; the first ones of a stream suffice. */
const MAX_WITHOUT_ID = 256;

export const durableIds: Invariant = {
  number: 6,
  reads_book: true,
  init: (book): Fold => {
    const findings = new Findings();
    const withoutId = new Map<StreamState, Map<PayloadKey, DeliverRecord>>();
    let exercised = false;
    return {
      findings,
      on: {
        'control-id': (record) => {
          findings.add('id-on-control-frame', () => ({
            expected: 'no id on a frame that is no durable event',
            observed: `id ${JSON.stringify(record.last_event_id)} on one sent to ${record.subscription}`,
            at_ms: record.at_ms,
            mark: 'foreign',
            stream: book.reader(record.subscription)?.stream.name ?? null,
            subscription: record.subscription,
            record,
          }));
        },
        deliver: (record, reader) => {
          if (reader.mode === 'sse') exercised = true;
          if (record.id !== null) return;
          if (record.terminal) {
            findings.add('terminal-without-id', () => ({
              expected: `the event that ends ${reader.stream.name} to carry its id, so that it can be asked for again`,
              observed: `it without one on ${record.subscription}`,
              at_ms: record.at_ms,
              mark: 'foreign',
              stream: reader.stream.name,
              subscription: record.subscription,
              record,
            }));
          }
          const ofStream = withoutId.get(reader.stream) ?? new Map<PayloadKey, DeliverRecord>();
          withoutId.set(reader.stream, ofStream);
          const payload = book.payloads.key(record.payload);
          if (Number.isFinite(payload) && ofStream.size < MAX_WITHOUT_ID) ofStream.set(payload, record);
        },
      },
      finish: () => {
        for (const [{ name, ledger }, ofStream] of withoutId) {
          for (const id of ledger.ids()) {
            const record = ofStream.get(ledger.appended(id));
            if (record === undefined) continue;
            findings.add('event-without-id', () => ({
              expected: `event ${id} of ${name} to carry its id`,
              observed: `it without one on ${record.subscription}`,
              at_ms: record.at_ms,
              mark: 'missing',
              stream: name,
              id,
              subscription: record.subscription,
              record,
            }));
          }
        }
      },
      exercised: () => exercised,
    };
  },
};
