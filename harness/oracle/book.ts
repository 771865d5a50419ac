/**
 * What every invariant reads: streams, lineages and subscriptions as the records so far show them. An invariant sees a
 * record before the book has it, so that "before" and "now" are both at hand.
 */
import type { DeliverRecord, EndRecord, HistoryRecord, SubscribeRecord } from '../history.ts';
import { AppendLog } from './appends.ts';
import { Budget } from './budget.ts';
import { IntervalSet } from './interval-set.ts';
import { Ledger, PAGE_IDS, PayloadKeys } from './ledger.ts';
import type { Excess, OracleLimits } from './limits.ts';
import { Ring } from './ring.ts';
import type { Declared, FinalRead, Lineage, Reader, StreamState } from './state.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
interface MutableStream extends Mutable<Omit<StreamState, 'finals'>> {
  readonly finals: Mutable<FinalRead>[];
}
interface MutableLineage extends Mutable<Omit<Lineage, 'final'>> {
  final: Mutable<FinalRead> | null;
}
interface MutableReader extends Mutable<Omit<Reader, 'stream' | 'lineage'>> {
  readonly stream: MutableStream;
  readonly lineage: MutableLineage;
  readonly final: Mutable<FinalRead> | null;
}

export class Book {
  readonly declared: Declared;
  readonly limits: OracleLimits;
  readonly payloads: PayloadKeys;
  readonly appends: AppendLog;
  readonly #streams = new Map<string, MutableStream>();
  readonly #lineages = new Map<string, MutableLineage>();
  readonly #readers = new Map<string, MutableReader>();
  readonly #lineage_order: Ring;
  readonly #ended: Ring;
  readonly #faults = new Map<string, number>();
  readonly #pages: Budget;
  readonly #ranges: Budget;
  #excess: Excess | null = null;
  #finals = 0;
  #last_heal_ms = Number.NEGATIVE_INFINITY;
  #last_at_ms = Number.NEGATIVE_INFINITY;
  #forgot_lineages = false;

  constructor(declared: Declared, limits: OracleLimits) {
    this.declared = declared;
    this.limits = limits;
    this.#lineage_order = new Ring(limits.lineages);
    this.#ended = new Ring(limits.ended_readers);
    this.#pages = new Budget(Math.ceil(limits.events / PAGE_IDS), () => {
      this.exceed('too-many-events');
    });
    this.#ranges = new Budget(limits.received_ranges, () => {
      // The set itself says that it is not complete.
    });
    this.payloads = new PayloadKeys(limits.payload_texts, () => {
      this.exceed('too-many-payload-texts');
    });
    this.appends = new AppendLog(this.payloads, limits, declared.idempotency_ms, (excess) => {
      this.exceed(excess);
    });
  }

  /** The first bound that was exceeded. */
  get excess(): Excess | null {
    return this.#excess;
  }

  /** The latest stamp so far. */
  get last_at_ms(): number {
    return this.#last_at_ms;
  }

  exceed(excess: Excess): void {
    this.#excess ??= excess;
  }

  streams(): Iterable<StreamState> {
    return this.#streams.values();
  }

  reader(subscription: string): Reader | undefined {
    return this.#readers.get(subscription);
  }

  /** No fault was active at any time since. */
  wasQuietSince(at_ms: number): boolean {
    return this.#faults.size === 0 && this.#last_heal_ms <= at_ms;
  }

  /** The stream of that name, from now on known; undefined beyond the bound. */
  stream(name: string): StreamState | undefined {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    if (this.#streams.size >= this.limits.streams) {
      this.exceed('too-many-streams');
      return undefined;
    }
    const stream = { name, ledger: new Ledger(this.#pages), finals: [], terminal_id: null };
    this.#streams.set(name, stream);
    return stream;
  }

  apply(record: HistoryRecord): void {
    if (record.at_ms > this.#last_at_ms) this.#last_at_ms = record.at_ms;
    switch (record.kind) {
      case 'append': {
        const stream = this.stream(record.stream);
        if (stream !== undefined) this.appends.begin(record, stream);
        return;
      }
      case 'append-result': {
        const attempt = this.appends.settle(record);
        if (attempt === undefined) this.exceed('unrecorded-append');
        else if (record.outcome === 'ok') {
          const { append } = attempt;
          record.ids.forEach((id, index) => {
            const payload = append.payloads[index];
            if (payload !== undefined) append.stream.ledger.noteAppended(id, payload, record.at_ms);
          });
          if (attempt.record.terminal) this.#noteTerminal(append.stream, record.ids.at(-1) ?? null);
        }
        return;
      }
      case 'subscribe':
        this.#open(record);
        return;
      case 'deliver':
        this.#deliver(record);
        return;
      case 'gap': {
        const reader = this.#readers.get(record.subscription);
        if (reader === undefined) return;
        reader.gapped = true;
        // Not Math.max: a gap that names no id moves nobody.
        if (record.through > reader.last) reader.last = record.through;
        if (reader.final === null) return;
        reader.final.last = reader.last;
        if (record.through > reader.final.excused) reader.final.excused = record.through;
        return;
      }
      case 'end':
        this.#end(record);
        return;
      case 'fault':
      case 'heal':
        this.#fault(record.kind, JSON.stringify([record.fault, record.target]), record.at_ms);
        return;
      default:
    }
  }

  #open(record: SubscribeRecord): void {
    const stream = this.stream(record.stream) as MutableStream | undefined;
    if (stream === undefined) return;
    const isFinal = record.mode === 'final';
    // A final read stands for itself: what its client saw before must not count for it.
    const lineage = this.#lineage(JSON.stringify([record.stream, record.lineage, isFinal]));
    lineage.subscriptions += 1;
    if (this.#readers.size - this.#ended.size >= this.limits.open_readers) {
      this.exceed('too-many-subscriptions');
      return;
    }
    this.#readers.set(record.subscription, {
      subscription: record.subscription,
      stream,
      lineage,
      final: isFinal ? this.#finalRead(record, stream, lineage) : null,
      account_id: record.account_id,
      mode: record.mode,
      cursor: record.cursor,
      opened_ms: record.at_ms,
      reconnect: this.#forgot_lineages || lineage.subscriptions > 1,
      last: record.cursor,
      first_id: null,
      gapped: false,
      delivered: 0,
      last_delivery_ms: record.at_ms,
      saw_terminal: false,
      ended: false,
    });
  }

  #deliver(record: DeliverRecord): void {
    const reader = this.#readers.get(record.subscription);
    if (reader === undefined) {
      this.exceed('unrecorded-subscription');
      return;
    }
    const { stream } = reader;
    reader.delivered += 1;
    reader.last_delivery_ms = record.at_ms;
    if (record.terminal) {
      reader.saw_terminal = true;
      this.#noteTerminal(stream, record.id);
    }
    if (record.id === null || !Number.isSafeInteger(record.id)) return;
    reader.first_id ??= record.id;
    if (record.id > reader.last) reader.last = record.id;
    reader.lineage.seen.add(record.id);
    if (reader.final !== null) {
      reader.final.seen.add(record.id);
      reader.final.last = reader.last;
    }
    stream.ledger.noteSeen(record.id, this.payloads.key(record.payload), record.at_ms);
  }

  #end(record: EndRecord): void {
    const reader = this.#readers.get(record.subscription);
    if (reader === undefined || reader.ended) return;
    reader.ended = true;
    if (reader.final !== null && reader.final === reader.lineage.final) reader.final.complete = record.complete;
    const oldest = this.#ended.push(record.subscription);
    if (oldest !== undefined) this.#readers.delete(oldest);
  }

  /** Goes on with the lineage's final read, or starts it anew. */
  #finalRead(record: SubscribeRecord, stream: MutableStream, lineage: MutableLineage): Mutable<FinalRead> | null {
    const before = lineage.final;
    if (before !== null && record.cursor > 0 && record.cursor === before.last) {
      before.subscription = record.subscription;
      before.complete = false;
      return before;
    }
    if (this.#finals >= this.limits.final_reads) {
      this.exceed('too-many-final-reads');
      return null;
    }
    this.#finals += 1;
    const read = {
      subscription: record.subscription,
      started_ms: record.at_ms,
      cursor: record.cursor,
      seen: new IntervalSet(this.#ranges),
      excused: 0,
      last: record.cursor,
      complete: false,
    };
    stream.finals.push(read);
    lineage.final = read;
    return read;
  }

  #lineage(key: string): MutableLineage {
    const known = this.#lineages.get(key);
    if (known !== undefined) return known;
    const lineage = { seen: new IntervalSet(this.#ranges), subscriptions: 0, final: null };
    this.#lineages.set(key, lineage);
    const oldest = this.#lineage_order.push(key);
    if (oldest !== undefined) this.#forget(oldest);
    return lineage;
  }

  /** From then on every subscription may be a reconnect, and what is left of a final read is not the whole of it. */
  #forget(key: string): void {
    const lineage = this.#lineages.get(key);
    this.#lineages.delete(key);
    this.#forgot_lineages = true;
    if (lineage?.final == null) return;
    lineage.final.complete = false;
    lineage.final = null;
  }

  #noteTerminal(stream: StreamState, id: number | null): void {
    if (id !== null) (stream as MutableStream).terminal_id ??= id;
  }

  #fault(kind: 'fault' | 'heal', key: string, at_ms: number): void {
    const active = (this.#faults.get(key) ?? 0) + (kind === 'fault' ? 1 : -1);
    if (active > 0) this.#faults.set(key, active);
    else this.#faults.delete(key);
    if (kind === 'heal') this.#last_heal_ms = Math.max(this.#last_heal_ms, at_ms);
  }
}
