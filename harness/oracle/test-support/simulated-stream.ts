/** A correct resumable stream: what a legal server holds and shows. The simulation drives it. */
import type { Random } from '../../../spec/random.ts';

export interface StoredEvent {
  readonly id: number;
  readonly payload: string;
  readonly terminal: boolean;
  readonly stored_ms: number;
  readonly epoch: number | null;
  readonly nonce: string | null;
}

export interface NewEvents {
  readonly payloads: readonly string[];
  /** The last of them ends the stream. */
  readonly terminal: boolean;
  readonly idempotency_key: string | null;
}

export interface StreamOptions {
  readonly name: string;
  readonly account_id: string;
  /** Events carry epoch and nonce. */
  readonly fenced: boolean;
  readonly history_limit: number | null;
  /** How long a key is remembered; null: not at all. */
  readonly idempotency_ms: number | null;
}

export class SimulatedStream {
  readonly options: StreamOptions;
  readonly events: StoredEvent[] = [];
  /** Ids up to here are gone. */
  pruned = 0;
  epoch = 1;
  readonly #keys = new Map<string, { readonly ids: readonly number[]; readonly stored_ms: number }>();
  readonly #random: Random;

  constructor(options: StreamOptions, random: Random) {
    this.options = options;
    this.#random = random;
  }

  get ended(): boolean {
    return this.events.at(-1)?.terminal === true;
  }

  get tail(): number {
    return this.events.length;
  }

  /** Another process takes over. */
  takeOver(): void {
    this.epoch += 1;
  }

  /** The ids, or null when it is refused. A key that is remembered answers as before. */
  append({ payloads, terminal, idempotency_key }: NewEvents, now_ms: number): readonly number[] | null {
    const key = this.options.idempotency_ms === null ? null : idempotency_key;
    const known = key === null ? undefined : this.#keys.get(key);
    // Some servers remember longer than they promise.
    const remembered_ms = (this.options.idempotency_ms ?? 0) * (1 + this.#random.next());
    if (known !== undefined && now_ms - known.stored_ms <= remembered_ms) return known.ids;
    if (this.ended) return null;
    const ids = payloads.map((payload, index) => {
      const id = this.events.length + 1;
      this.events.push({
        id,
        payload,
        terminal: terminal && index === payloads.length - 1,
        stored_ms: now_ms,
        epoch: this.options.fenced ? this.epoch : null,
        nonce: this.options.fenced ? `${this.options.name}-owner-${this.epoch}` : null,
      });
      return id;
    });
    if (key !== null) this.#keys.set(key, { ids, stored_ms: now_ms });
    const { history_limit } = this.options;
    if (history_limit !== null && this.#random.next() < 0.7) {
      this.pruned = Math.max(this.pruned, this.tail - history_limit);
    }
    return ids;
  }

  /** Kept events after the cursor, as an instance shows them that saw the store `lag_ms` ago. */
  visible(after: number, now_ms: number, lag_ms: number): readonly StoredEvent[] {
    const then = this.events.filter((event) => event.stored_ms <= now_ms - lag_ms);
    const pruned = Math.min(this.pruned, Math.max(0, then.length - (this.options.history_limit ?? Infinity)));
    return then.slice(Math.max(after, pruned));
  }
}
