/** Tools to plant one violation in a legal history: what the history holds, and edits of it. */
import type { Random } from '../../../spec/random.ts';
import type {
  AppendRecord,
  AppendResultRecord,
  DeliverRecord,
  EndRecord,
  HistoryRecord,
  ReadMode,
  SubscribeRecord,
} from '../../history.ts';
import type { Declared } from '../state.ts';
import type { InvariantNumber } from '../verdict.ts';
import type { Simulated } from './simulate.ts';

export interface Planted {
  readonly history: readonly HistoryRecord[];
  /** What the witness must name. One of the ids. */
  readonly stream?: string;
  readonly ids?: readonly number[];
  readonly subscription?: string;
}

export interface Plant {
  readonly kind: string;
  /** Must be false. */
  readonly invariant: InvariantNumber;
  /** May be false as well, because the violation is one of theirs too. */
  readonly also?: readonly InvariantNumber[];
  /** null: this history offers no place for it. */
  readonly plant: (scene: Scene) => Planted | null;
}

export interface SeenReader {
  readonly record: SubscribeRecord;
  /** The first subscription of its lineage. */
  readonly first: boolean;
  readonly delivers: DeliverRecord[];
  gapped: boolean;
  end: EndRecord | null;
}

export interface SeenStream {
  readonly name: string;
  readonly readers: SeenReader[];
  /** Since when each id is known, by acknowledgement or delivery. */
  readonly known: Map<number, number>;
  readonly acknowledged: Set<number>;
  tail: number;
  terminal: number | null;
}

export interface SeenAppend {
  readonly append: AppendRecord;
  readonly result: AppendResultRecord | null;
}

/** Payloads the simulation uses more than once. */
const COMMON = new Set(['again', 'end']);

/** A history with its readers, streams and appends looked up. */
export class Scene {
  readonly history: readonly HistoryRecord[];
  readonly declared: Declared;
  readonly random: Random;
  readonly readers = new Map<string, SeenReader>();
  readonly streams = new Map<string, SeenStream>();
  readonly appends: readonly SeenAppend[];
  /** Long after everything: nothing is stale any more by then. */
  readonly late_ms: number;

  constructor({ history, declared }: Simulated, random: Random) {
    this.history = history;
    this.declared = declared;
    this.random = random;
    this.late_ms = (history.at(-1)?.at_ms ?? 0) + 10 * declared.recovery_ms;
    const results = new Map(
      history.flatMap((record) => (record.kind === 'append-result' ? [[record.op, record]] : [])),
    );
    this.appends = history.flatMap((record) =>
      record.kind === 'append' ? [{ append: record, result: results.get(record.op) ?? null }] : [],
    );
    const lineages = new Set<string>();
    for (const record of history) {
      if (record.kind !== 'subscribe') continue;
      const reader = { record, first: !lineages.has(record.lineage), delivers: [], gapped: false, end: null };
      lineages.add(record.lineage);
      this.readers.set(record.subscription, reader);
      this.stream(record.stream).readers.push(reader);
    }
    for (const record of history) this.#note(record);
  }

  stream(name: string): SeenStream {
    const known = this.streams.get(name);
    if (known !== undefined) return known;
    const stream = { name, readers: [], known: new Map(), acknowledged: new Set<number>(), tail: 0, terminal: null };
    this.streams.set(name, stream);
    return stream;
  }

  /** One of those that fit, or null. */
  choose<T>(candidates: Iterable<T>): T | null {
    const list = [...candidates];
    return list.length === 0 ? null : this.random.pick(list);
  }

  /** Readers in one of these modes. */
  inMode(...modes: readonly ReadMode[]): readonly SeenReader[] {
    return [...this.readers.values()].filter(({ record }) => modes.includes(record.mode));
  }

  /** Complete final reads of one subscription that began when the id was known and must hold it. */
  finalsWith(id: number, stream: SeenStream): readonly SeenReader[] {
    const { history_limit } = this.declared;
    if (history_limit !== null && id <= stream.tail - history_limit) return [];
    return stream.readers.filter(
      ({ record, end, gapped }) =>
        record.mode === 'final' &&
        end?.complete === true &&
        !gapped &&
        (stream.known.get(id) ?? Infinity) <= record.at_ms &&
        stream.readers.filter((other) => other.record.lineage === record.lineage).length === 1,
    );
  }

  /** Acknowledged under no key, not terminal, each payload used once; `count` events or more. */
  plainAppends(count = 1): readonly { append: AppendRecord; result: AppendResultRecord }[] {
    return this.appends.flatMap(({ append, result }) => {
      const isPlain = append.idempotency_key === null && !append.terminal;
      const isUnique = append.payloads.length >= count && !append.payloads.some((payload) => COMMON.has(payload));
      return isPlain && isUnique && result?.outcome === 'ok' ? [{ append, result }] : [];
    });
  }

  delivered(stream: SeenStream, id: number): readonly DeliverRecord[] {
    return stream.readers.flatMap(({ delivers }) => delivers.filter((deliver) => deliver.id === id));
  }

  isUnique(payload: string): boolean {
    return !COMMON.has(payload);
  }

  without(...records: readonly HistoryRecord[]): readonly HistoryRecord[] {
    return this.history.filter((record) => !records.includes(record));
  }

  replace(changes: ReadonlyMap<HistoryRecord, HistoryRecord>): readonly HistoryRecord[] {
    return this.history.map((record) => changes.get(record) ?? record);
  }

  after(record: HistoryRecord, ...added: readonly HistoryRecord[]): readonly HistoryRecord[] {
    return this.history.flatMap((item) => (item === record ? [item, ...added] : [item]));
  }

  /** One more reader at the very end. */
  visit(
    stream: SeenStream,
    mode: ReadMode,
    cursor: number,
    events: readonly Partial<DeliverRecord>[],
    end: Partial<EndRecord> = {},
    account_id = `owner-of-${stream.name}`,
  ): { readonly subscription: string; readonly records: readonly HistoryRecord[] } {
    const subscription = 'visitor';
    const at_ms = this.late_ms;
    const who = { subscription, lineage: subscription, stream: stream.name, account_id };
    const event = { id: null, payload: 'visited', terminal: false, epoch: null, nonce: null };
    return {
      subscription,
      records: [
        { kind: 'subscribe', at_ms, ...who, mode, cursor },
        ...events.map((given) => ({ ...event, ...given, kind: 'deliver', at_ms, subscription }) as const),
        { at_ms, by: 'server', complete: true, ...end, kind: 'end', subscription },
      ],
    };
  }

  #note(record: HistoryRecord): void {
    if (record.kind === 'deliver') {
      const reader = this.readers.get(record.subscription);
      if (reader === undefined) return;
      reader.delivers.push(record);
      if (record.id !== null) this.#know(reader.record.stream, record.id, record.at_ms, record.terminal);
    } else if (record.kind === 'gap' || record.kind === 'end') {
      const reader = this.readers.get(record.subscription);
      if (reader === undefined) return;
      if (record.kind === 'gap') reader.gapped = true;
      else reader.end = record;
    } else if (record.kind === 'append-result' && record.outcome === 'ok') {
      const append = this.appends.find((item) => item.result === record)?.append;
      if (append === undefined) return;
      for (const id of record.ids) {
        this.#know(append.stream, id, record.at_ms, append.terminal && id === record.ids.at(-1));
        this.stream(append.stream).acknowledged.add(id);
      }
    }
  }

  #know(name: string, id: number, at_ms: number, terminal: boolean): void {
    const stream = this.stream(name);
    stream.known.set(id, Math.min(stream.known.get(id) ?? Infinity, at_ms));
    stream.tail = Math.max(stream.tail, id);
    if (terminal) stream.terminal ??= id;
  }
}
