/** Writes what a lab does and sees into its history. */
import { now } from '../clock.ts';
import type { Exchange } from '../client/exchange.ts';
import type { SseItem } from '../client/sse-event.ts';
import type { AppendEvent, Dialect, Reading, SeenEvent } from '../dialects/dialect.ts';
import type { EndRecord, HistoryRecord, ReadMode } from '../history.ts';
import { canonicalJson } from '../oracle/canonical-json.ts';
import { eventHash } from './event-hash.ts';

/** Who reads what, from where. */
export interface Reader {
  readonly lineage: string;
  readonly stream: string;
  readonly account_id: string;
  readonly mode: ReadMode;
  readonly cursor: number;
}

export class Recorder {
  readonly records: HistoryRecord[] = [];
  readonly #dialect: Dialect;
  #subscriptions = 0;
  #lineages = 0;
  #appends = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Keeps records in order of time; one that comes late (a fault told afterwards) goes where it belongs. */
  record(record: HistoryRecord): void {
    let index = this.records.length;
    while (index > 0 && (this.records[index - 1]?.at_ms ?? 0) > record.at_ms) index -= 1;
    this.records.splice(index, 0, record);
  }

  newLineage(): string {
    this.#lineages += 1;
    return `lineage-${String(this.#lineages)}`;
  }

  /** Returns the operation's id, for `appended`. `intended_ms`: when a schedule wanted it sent; default: now. */
  appending(
    stream: string,
    account_id: string,
    events: readonly AppendEvent[],
    idempotency_key: string | null,
    intended_ms?: number,
  ): string {
    this.#appends += 1;
    const op = `append-${String(this.#appends)}`;
    const at_ms = now();
    this.record({
      kind: 'append',
      op,
      stream,
      account_id,
      payloads: events.map((event) => eventHash(event.type, canonicalJson(event.payload_json))),
      terminal: events.at(-1)?.type === this.#dialect.terminal.type,
      intended_ms: intended_ms ?? at_ms,
      idempotency_key,
      at_ms,
    });
    return op;
  }

  appended(op: string, outcome: 'ok' | 'fail' | 'unknown', ids: readonly number[]): void {
    this.record({ kind: 'append-result', op, outcome, ids, at_ms: now() });
  }

  /** A reader attached; returns its subscription's id. */
  attached(reader: Reader, at_ms: number): string {
    this.#subscriptions += 1;
    const subscription = `subscription-${String(this.#subscriptions)}`;
    this.record({ kind: 'subscribe', subscription, ...reader, at_ms });
    return subscription;
  }

  /** `id` null: the wire carried none. */
  delivered(subscription: string, event: SeenEvent, id: number | null, at_ms: number): void {
    this.record({
      kind: 'deliver',
      subscription,
      id,
      payload: eventHash(event.type, event.payload),
      terminal: event.terminal,
      epoch: event.epoch,
      nonce: event.nonce,
      at_ms,
    });
  }

  /** What an SSE item meant to a reader. */
  read(subscription: string, reading: Reading, item: SseItem): void {
    const { at_ms } = item;
    if (reading.kind === 'event') {
      const has_id = item.kind === 'event' && item.has_id;
      this.delivered(subscription, reading.event, has_id ? reading.event.id : null, at_ms);
      return;
    }
    if (reading.kind === 'gap' && reading.earliest !== null) {
      this.record({ kind: 'gap', subscription, through: reading.earliest - 1, at_ms });
    }
    if (reading.kind === 'heartbeat' && item.kind === 'event' && item.has_id) {
      this.record({ kind: 'control-id', subscription, last_event_id: item.last_event_id, at_ms });
    }
  }

  ended(subscription: string, by: EndRecord['by'], complete: boolean, at_ms: number): void {
    this.record({ kind: 'end', subscription, by, complete, at_ms });
  }
}

/** Whose doing the end of an exchange was. A broken connection is the fault's while one is in force. */
export function endedBy(end: Exchange['end'], disturbed: boolean): EndRecord['by'] {
  if (end === 'aborted' || end === 'timeout') return 'client';
  return end === 'complete' || !disturbed ? 'server' : 'fault';
}
