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

  function blame(reason: string, record: AppendResultRecord, attempt: Attempt, id: number | null, message: string) {
    findings.add(reason, () => ({
      message,
      at_ms: record.at_ms,
      mark: 'doubled',
      stream: attempt.record.stream,
      id,
      op: record.op,
      record,
    }));
  }

  function judgeShape(record: AppendResultRecord, attempt: Attempt): void {
    const { ids } = record;
    const count = attempt.record.payloads.length;
    if (ids.length !== count) {
      blame(
        'ack-count',
        record,
        attempt,
        ids[0] ?? null,
        `expected ${count} ids for the ${count} events of append ${record.op}, observed ${ids.length}`,
      );
    }
    const torn = ids.findIndex((id, index) => index > 0 && id !== (ids[index - 1] ?? 0) + 1);
    if (torn > 0) {
      const before = ids[torn - 1] ?? 0;
      blame(
        'ack-not-contiguous',
        record,
        attempt,
        ids[torn] ?? null,
        `expected consecutive ids for one append, observed ${ids[torn] ?? 0} after ${before} in the answer to ${record.op}`,
      );
    }
    const { append } = attempt;
    const isRetry = append.outcome === 'ok' && !append.may_repeat;
    if (isRetry && append.ids.some((id, index) => id !== ids[index])) {
      blame(
        'retry-other-ids',
        record,
        attempt,
        ids[0] ?? null,
        `expected the retry ${record.op} to be answered with the ids of ${append.op} (${range(append.ids)}), observed ${range(ids)}`,
      );
    }
  }

  function judgeId(record: AppendResultRecord, attempt: Attempt, id: number, index: number): void {
    const { append } = attempt;
    const payload = append.payloads[index];
    if (payload === undefined) return;
    const before = append.stream.ledger.appended(id);
    const isOwnRetry = append.outcome === 'ok' || append.may_repeat || book.appends.has_forgotten;
    if (!Number.isNaN(before) && (differ(before, payload) || !isOwnRetry)) {
      blame(
        'id-given-twice',
        record,
        attempt,
        id,
        `expected a new id for append ${record.op}, observed id ${id}, which another append had been acknowledged with`,
      );
    }
    const seen = append.stream.ledger.seen(id);
    if (!Number.isNaN(seen)) delivered = true;
    if (differ(seen, payload)) {
      blame(
        'ack-other-payload',
        record,
        attempt,
        id,
        `expected id ${id} to hold event ${index + 1} of append ${record.op}, observed another payload at that id`,
      );
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
          message: `expected id ${id} to hold the payload it was acknowledged for, observed payload ${record.payload} (${reader.mode})`,
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
