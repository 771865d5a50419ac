/** After a key is revoked its subscriptions end within the bound, and nothing is delivered to them after it. */
import type { DeliverRecord, EndRecord, RevokeRecord } from '../../history.ts';
import type { Book } from '../book.ts';
import type { Reader } from '../state.ts';
import type { Findings } from '../verdict.ts';

interface Revocations {
  readonly on: {
    readonly revoke: (record: RevokeRecord) => void;
    readonly deliver: (record: DeliverRecord, reader: Reader) => void;
    readonly end: (record: EndRecord, reader: Reader) => void;
  };
  readonly finish: () => void;
  readonly exercised: () => boolean;
}

export function revocations(book: Book, findings: Findings): Revocations {
  /** Until when each subscription of a revoked key has to be over. */
  const deadlines = new Map<string, { readonly record: RevokeRecord; readonly at_ms: number }>();
  let exercised = false;

  function blame(reason: string, subscription: string, at_ms: number, id: number | null, observed: string): void {
    const deadline = deadlines.get(subscription);
    if (deadline === undefined) return;
    const { record } = deadline;
    findings.add(reason, () => ({
      expected: `${subscription} to be over within ${record.bound_ms} ms of the revocation of its key ${record.api_key_id}`,
      observed: `${observed} ${Math.round(at_ms - record.at_ms)} ms after it`,
      at_ms,
      mark: 'late',
      stream: book.reader(subscription)?.stream.name ?? null,
      id,
      subscription,
      record,
    }));
  }

  return {
    on: {
      revoke: (record) => {
        for (const subscription of record.subscriptions) {
          if (deadlines.has(subscription)) continue;
          if (deadlines.size >= book.limits.open_readers) {
            book.exceed('too-many-subscriptions');
            return;
          }
          deadlines.set(subscription, { record, at_ms: record.at_ms + record.bound_ms });
        }
      },
      deliver: (record) => {
        if (deadlines.size === 0) return;
        const deadline = deadlines.get(record.subscription);
        if (deadline === undefined || record.at_ms <= deadline.at_ms) return;
        blame(
          'event-after-revocation',
          record.subscription,
          record.at_ms,
          record.id,
          `event ${record.id ?? 'without id'}`,
        );
      },
      end: (record, reader) => {
        const deadline = deadlines.get(record.subscription);
        if (deadline === undefined || reader.ended) return;
        exercised = true;
        if (record.at_ms > deadline.at_ms) {
          blame('revocation-late', record.subscription, record.at_ms, null, `its end (by ${record.by})`);
        }
      },
    },
    finish: () => {
      for (const [subscription, deadline] of deadlines) {
        if (book.reader(subscription)?.ended !== false || book.last_at_ms <= deadline.at_ms) continue;
        exercised = true;
        blame('revocation-ignored', subscription, book.last_at_ms, null, 'it still open');
      }
    },
    exercised: () => exercised,
  };
}
