/**
 * What is known of one stream's log: by id, the payload an acknowledgement gave it, the payload readers saw, and since
 * when anyone knew of it. Pages of typed arrays, because a soak has millions of events.
 */

import type { Budget } from './budget.ts';

/** A payload in one double. NaN: none known. Infinity: there is one, but it cannot be compared. */
export type PayloadKey = number;
const NO_PAYLOAD: PayloadKey = Number.NaN;
const INCOMPARABLE: PayloadKey = Number.POSITIVE_INFINITY;

/** True only when both are known and are different payloads. */
export function differ(one: PayloadKey, other: PayloadKey): boolean {
  return one !== other && Number.isFinite(one) && Number.isFinite(other);
}

const HASH = /^[0-9a-f]{13}$/;

/** Payload texts as doubles: exactly, when they are a `payloadHash`; other texts are numbered as they come. */
export class PayloadKeys {
  readonly #numbered = new Map<string, number>();
  readonly #limit: number;
  readonly #onExcess: () => void;
  #last_payload: string | null = null;
  #last_key: PayloadKey = NO_PAYLOAD;

  constructor(limit: number, onExcess: () => void) {
    this.#limit = limit;
    this.#onExcess = onExcess;
  }

  key(payload: string): PayloadKey {
    // Every fold asks for the payload of the record at hand.
    if (payload === this.#last_payload) return this.#last_key;
    this.#last_key = this.#keyOf(payload);
    this.#last_payload = payload;
    return this.#last_key;
  }

  #keyOf(payload: string): PayloadKey {
    if (HASH.test(payload)) return parseInt(payload, 16);
    const known = this.#numbered.get(payload);
    if (known !== undefined) return known;
    if (this.#numbered.size >= this.#limit) {
      this.#onExcess();
      return INCOMPARABLE;
    }
    const key = -1 - this.#numbered.size;
    this.#numbered.set(payload, key);
    return key;
  }
}

/** Ids in one page; what a budget of pages counts. */
export const PAGE_IDS = 32;
const APPENDED = 0;
const SEEN = PAGE_IDS;
const KNOWN = 2 * PAGE_IDS;

export class Ledger {
  /** Highest id anyone knows of. */
  highest = 0;
  /** Pages that all ledgers together may still take. */
  readonly #budget: Budget;
  readonly #pages = new Map<number, Float64Array>();
  /** Page numbers in ascending order. */
  readonly #order: number[] = [];
  #cached_number = -1;
  #cached: Float64Array | undefined;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Payload of the append that was acknowledged with this id. */
  appended(id: number): PayloadKey {
    return this.#read(APPENDED, id);
  }

  /** Payload of the first delivery of this id. */
  seen(id: number): PayloadKey {
    return this.#read(SEEN, id);
  }

  /** When the id was first acknowledged or received; NaN for an unknown id. */
  knownSince(id: number): number {
    return this.#read(KNOWN, id);
  }

  noteAppended(id: number, payload: PayloadKey, at_ms: number): void {
    this.#write(APPENDED, id, payload, at_ms);
  }

  noteSeen(id: number, payload: PayloadKey, at_ms: number): void {
    this.#write(SEEN, id, payload, at_ms);
  }

  /** Known ids from `from` to `to`, both included, ascending. */
  *ids(from = 1, to = Number.POSITIVE_INFINITY): Generator<number, void, undefined> {
    for (let index = this.#firstPage(Math.floor(from / PAGE_IDS)); index < this.#order.length; index += 1) {
      const number = this.#order[index] ?? 0;
      const page = this.#pages.get(number);
      for (let slot = 0; slot < PAGE_IDS; slot += 1) {
        const id = number * PAGE_IDS + slot;
        if (id > to) return;
        if (id >= from && !Number.isNaN(page?.[KNOWN + slot] ?? Number.NaN)) yield id;
      }
    }
  }

  /** The lowest known id in the range, both ends included, that was known no later than `known_by_ms`. */
  firstKnown(from: number, to: number, known_by_ms: number): number | null {
    if (from > this.highest) return null;
    for (const id of this.ids(from, to)) if (this.knownSince(id) <= known_by_ms) return id;
    return null;
  }

  #read(column: number, id: number): number {
    const number = Math.floor(id / PAGE_IDS);
    return this.#page(number)?.[column + (id - number * PAGE_IDS)] ?? Number.NaN;
  }

  #write(column: number, id: number, payload: PayloadKey, at_ms: number): void {
    if (!Number.isSafeInteger(id) || id < 1) return;
    const number = Math.floor(id / PAGE_IDS);
    const page = this.#page(number) ?? this.#newPage(number);
    if (page === undefined) return;
    const slot = id - number * PAGE_IDS;
    if (Number.isNaN(page[column + slot])) page[column + slot] = payload;
    if (!(at_ms >= (page[KNOWN + slot] ?? Number.NaN))) page[KNOWN + slot] = at_ms;
    if (id > this.highest) this.highest = id;
  }

  #page(number: number): Float64Array | undefined {
    if (number !== this.#cached_number) {
      this.#cached_number = number;
      this.#cached = this.#pages.get(number);
    }
    return this.#cached;
  }

  #newPage(number: number): Float64Array | undefined {
    if (!this.#budget.take()) return undefined;
    const page = new Float64Array(3 * PAGE_IDS).fill(Number.NaN);
    this.#pages.set(number, page);
    this.#order.splice(this.#firstPage(number), 0, number);
    this.#cached_number = number;
    this.#cached = page;
    return page;
  }

  /** Index in `#order` of the first page at or after the number. */
  #firstPage(number: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] ?? Number.NaN) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
