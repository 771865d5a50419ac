/** Invariant 2: ids strictly increase; a duplicate only where it is declared, and only after a reconnect. */
import type { DeliverRecord } from '../../history.ts';
import type { Fold, Invariant } from '../fold.ts';
import type { Book } from '../book.ts';
import type { Reader } from '../state.ts';
import { Findings } from '../verdict.ts';

export const order: Invariant = {
  number: 2,
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
          if (reader.reconnect || reader.delivered > 0) exercised = true;
          const reason = offence(id, reader, book);
          if (reason === null) return;
          findings.add(reason, () => ({
            expected: `an id above ${reader.last} (${describe(reader)})`,
            observed: `${id}`,
            at_ms: record.at_ms,
            mark: reason === 'id-repeated' ? 'doubled' : 'reordered',
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

function offence(id: NonNullable<DeliverRecord['id']>, reader: Reader, book: Book): string | null {
  if (!Number.isSafeInteger(id) || id < 1) return 'id-not-a-position';
  if (id > reader.last) return null;
  const { seen } = reader.lineage;
  // What it asked not to get again; `seen` may have been too scattered to be kept.
  const isRepeated = seen.has(id) || seen.saturated || id <= reader.cursor;
  // A cursor says that its client was here before, also where no record of that is left.
  const returned = reader.reconnect || reader.cursor > 0;
  const mayRepeat = book.declared.at_least_once && returned && (reader.mode === 'sse' || id <= reader.cursor);
  if (isRepeated && mayRepeat) return null;
  if (seen.has(id)) return 'id-repeated';
  return id <= reader.cursor ? 'id-before-cursor' : 'id-out-of-order';
}

function describe(reader: Reader): string {
  const from = `${reader.mode} ${reader.subscription} from cursor ${reader.cursor}`;
  return reader.reconnect ? `${from}, a reconnect` : from;
}
