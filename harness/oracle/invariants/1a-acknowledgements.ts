/** The ids of an acknowledgement hold exactly that append's payloads, in order, and belong to no other append. */
import type { AppendResultRecord, DeliverRecord } from '../../history.ts';
import type { Attempt } from '../appends.ts';
import type { Book } from '../book.ts';
import { differ } from '../ledger.ts';
import type { Reader } from '../state.ts';
import type { Findings } from '../verdict.ts';

interface Acknowledgements {
  readonly on: {
    readonly 'append-result': (record: AppendResultRecord, attempt: Attempt) => void;
    readonly deliver: (record: DeliverRecord, reader: Reader) => void;
  };
  readonly exercised: () => boolean;
}

export function acknowledgements(book: Book, findings: Findings): Acknowledgements {
  let delivered = false;

  function blame(
    reason: string,
    { record, attempt, id }: { record: AppendResultRecord; attempt: Attempt; id: number | undefined },
    expected: string,
    observed: string,
  ): void {
    findings.add(reason, () => ({
      expected,
      observed,
      at_ms: record.at_ms,
      mark: 'doubled',
      stream: attempt.record.stream,
      id: id ?? null,
      op: record.op,
      record,
    }));
  }

  function judgeShape(record: AppendResultRecord, attempt: Attempt): void {
    const { ids, op } = record;
    const { append } = attempt;
    const count = append.payloads.length;
    if (ids.length !== count) {
      const what = { record, attempt, id: ids[0] };
      blame('ack-count', what, `${count} ids for the ${count} events of append ${op}`, String(ids.length));
    }
    const apart = ids.findIndex((id, index) => index > 0 && id !== (ids[index - 1] ?? 0) + 1);
    if (apart > 0) {
      const what = { record, attempt, id: ids[apart] };
      blame('ack-not-contiguous', what, `consecutive ids for append ${op}`, ids.slice(apart - 1, apart + 1).join(', '));
    }
    const isRetry = append.outcome === 'ok' && !append.may_repeat;
    if (isRetry && append.ids.some((id, index) => id !== ids[index])) {
      const what = { record, attempt, id: ids[0] };
      blame('retry-other-ids', what, `the retry ${op} answered as ${append.op}: ${range(append.ids)}`, range(ids));
    }
  }

  function judgeId(record: AppendResultRecord, attempt: Attempt, id: number, index: number): void {
    const { append } = attempt;
    const payload = append.payloads[index];
    if (payload === undefined) return;
    const before = append.stream.ledger.appended(id);
    const isOwnRetry = append.outcome === 'ok' || append.may_repeat || book.appends.has_forgotten;
    const what = { record, attempt, id };
    if (!Number.isNaN(before) && (differ(before, payload) || !isOwnRetry)) {
      blame(
        'id-given-twice',
        what,
        `a new id for append ${record.op}`,
        `${id}, which another append was answered with`,
      );
    }
    const seen = append.stream.ledger.seen(id);
    if (!Number.isNaN(seen)) delivered = true;
    if (differ(seen, payload)) {
      const expected = `event ${index + 1} of append ${record.op} at id ${id}, as acknowledged`;
      blame('ack-other-payload', what, expected, 'another payload received at that id');
    }
  }

  return {
    on: {
      'append-result': (record, attempt) => {
        if (record.outcome !== 'ok' || record.ids.length === 0) return;
        judgeShape(record, attempt);
        record.ids.forEach((id, index) => {
          judgeId(record, attempt, id, index);
        });
      },
      deliver: (record, reader) => {
        if (record.id === null) return;
        const { id } = record;
        const appended = reader.stream.ledger.appended(id);
        if (Number.isNaN(appended)) return;
        delivered = true;
        if (!differ(appended, book.payloads.key(record.payload))) return;
        findings.add('ack-other-payload', () => ({
          expected: `id ${id} to hold the payload it was acknowledged for`,
          observed: `payload ${record.payload} (${reader.mode})`,
          at_ms: record.at_ms,
          mark: 'foreign',
          stream: reader.stream.name,
          id,
          subscription: record.subscription,
          record,
        }));
      },
    },
    exercised: () => delivered,
  };
}

function range(ids: readonly number[]): string {
  return ids.length < 2 ? String(ids[0] ?? 'none') : `${ids[0] ?? ''}–${ids.at(-1) ?? ''}`;
}
