/** The smallest evidence of a violation, picked from the history: records and a waterfall around the event in question. */
import type { AppendRecord, AppendResultRecord, DeliverRecord, HistoryRecord, SubscribeRecord } from '../history.ts';
import type { WaterfallMark } from '../result.ts';
import type { Finding, Witness } from './verdict.ts';

const MAX_RECORDS = 24;
/** Deliveries of the event to subscriptions that are not the one in question. */
const MAX_OTHERS = 3;
/** Ids on either side in the waterfall. */
const WINDOW = 2;

/** Without a history there is at most the record that gave it away. */
export function witnessOf(finding: Finding, history: Iterable<HistoryRecord> | null): Witness {
  const { reason, expected, observed, stream, id, subscription } = finding;
  const picked = new Picker(finding);
  for (const record of history ?? []) picked.step(record);
  return {
    reason,
    message: `expected ${expected}, observed ${observed}`,
    expected,
    observed,
    stream,
    id,
    subscription,
    records: picked.records(),
    waterfall: history === null ? [] : picked.waterfall(),
  };
}

class Picker {
  readonly #finding: Finding;
  readonly #readers = new Map<string, SubscribeRecord>();
  readonly #appends = new Map<string, AppendRecord>();
  /** Ordered as in the history: position by record. */
  readonly #picked = new Map<HistoryRecord, number>();
  readonly #marks: WaterfallMark[] = [];
  #before: DeliverRecord | null = null;
  #wants_next = false;
  #others = 0;
  #position = 0;

  constructor(finding: Finding) {
    this.#finding = finding;
  }

  step(record: HistoryRecord): void {
    this.#position += 1;
    if (isSame(record, this.#finding.record)) this.#pick(record);
    const { stream, subscription, op } = this.#finding;
    switch (record.kind) {
      case 'append':
        if (record.stream !== stream) return;
        this.#appends.set(record.op, record);
        if (record.op === op) this.#pick(record);
        return;
      case 'append-result':
        this.#result(record);
        return;
      case 'subscribe':
        if (record.stream === stream) this.#readers.set(record.subscription, record);
        if (record.subscription === subscription) this.#pick(record);
        return;
      case 'deliver':
        this.#delivery(record);
        return;
      case 'gap':
      case 'end':
      case 'control-id':
        if (record.subscription === subscription) this.#pick(record);
        return;
      default:
    }
  }

  records(): readonly HistoryRecord[] {
    const { record } = this.#finding;
    if (this.#picked.size === 0) return record === null ? [] : [record];
    const ordered = [...this.#picked].sort(([, one], [, other]) => one - other).map(([record]) => record);
    return ordered.slice(0, MAX_RECORDS);
  }

  waterfall(): readonly WaterfallMark[] {
    const { id, subscription, at_ms, mark } = this.#finding;
    if (id === null) return [];
    const lane = subscription ?? 'acked';
    const marks = this.#marks.filter((item) => !(item.lane === lane && item.id === id && item.at_ms === at_ms));
    return [...marks, { lane, id, at_ms, mark }].sort((one, other) => one.at_ms - other.at_ms);
  }

  #result(record: AppendResultRecord): void {
    const append = this.#appends.get(record.op);
    if (append === undefined) return;
    this.#appends.delete(record.op);
    const { id, op } = this.#finding;
    if (record.op === op || (id !== null && record.ids.includes(id))) {
      this.#pick(append, record);
    }
    for (const acked of record.ids) {
      this.#mark('sent', acked, append.at_ms);
      this.#mark('acked', acked, record.at_ms);
    }
  }

  #delivery(record: DeliverRecord): void {
    const { id, subscription } = this.#finding;
    const isIts = record.subscription === subscription;
    if (!isIts && !this.#readers.has(record.subscription)) return;
    const isEvent = id !== null && record.id === id;
    if (isIts) {
      this.#mark(record.subscription, record.id, record.at_ms);
      const isPassedOver = id !== null && record.id !== null && record.id > id && (this.#before?.id ?? 0) < id;
      if (isEvent || this.#picked.has(record) || isPassedOver || this.#wants_next) {
        if (this.#before !== null) this.#pick(this.#before);
        this.#pick(record);
        this.#wants_next = isEvent;
      }
      this.#before = record;
    } else if (isEvent && this.#others < MAX_OTHERS) {
      this.#others += 1;
      const reader = this.#readers.get(record.subscription);
      if (reader !== undefined) this.#pick(reader);
      this.#pick(record);
      this.#mark(record.subscription, record.id, record.at_ms);
    }
  }

  #mark(lane: string, id: number | null, at_ms: number): void {
    const around = this.#finding.id;
    if (id === null || around === null || Math.abs(id - around) > WINDOW) return;
    this.#marks.push({ lane, id, at_ms, mark: 'ok' });
  }

  #pick(...records: readonly HistoryRecord[]): void {
    for (const record of records) this.#picked.set(record, this.#picked.get(record) ?? this.#position);
  }
}

/** A history that was read again from its file holds equal records, not the same objects. */
function isSame(one: HistoryRecord, other: HistoryRecord | null): boolean {
  if (one === other) return true;
  return one.at_ms === other?.at_ms && one.kind === other.kind && JSON.stringify(one) === JSON.stringify(other);
}
