/** One SSE response being followed: the exchange, the parser and the dialect's reading of each item, kept together. */
import { DialectError, type Dialect, type Reading, type SeenEvent } from '../dialects/dialect.ts';
import type { Subscription } from '../lab.ts';
import { header, type Chunk, type Exchange } from './exchange.ts';
import { follow, type ExchangeHead, type LiveExchange, type SendOptions } from './http-client.ts';
import { DEFAULT_MAX_KEPT_BYTES } from './http-exchange.ts';
import type { SseItem } from './sse-event.ts';
import { createSseParser, SseBlockTooLarge, type SseParser } from './sse-parser.ts';

export interface SubscriptionOptions extends SendOptions {
  readonly lineage: string;
  readonly dialect: Pick<Dialect, 'readItem'>;
}

/** For recording as it happens. Called synchronously, in order, before any `until` is looked at; must not throw. */
export interface SubscriptionListeners {
  onHead?(head: ExchangeHead): void;
  onReading?(reading: Reading, item: SseItem): void;
  onEnd?(exchange: Exchange): void;
}

interface Waiter {
  readonly look: () => void;
  readonly giveUp: () => void;
}

/** As a browser decides: anything but 200 with this type is no stream, and its body is not read as one. */
function isEventStream(head: ExchangeHead): boolean {
  const type = (header(head.headers, 'content-type') ?? '').split(';', 1)[0] ?? '';
  return head.status === 200 && type.trim().toLowerCase() === 'text/event-stream';
}

class FollowedStream implements Subscription {
  readonly lineage: string;
  readonly number: number;
  readonly items: SseItem[] = [];
  readonly readings: Reading[] = [];
  readonly events: SeenEvent[] = [];
  readonly received_ms: number[] = [];
  readonly #dialect: Pick<Dialect, 'readItem'>;
  readonly #listeners: SubscriptionListeners;
  readonly #max_kept_bytes: number;
  readonly #waiters = new Set<Waiter>();
  readonly #parser: SseParser;
  readonly #live: LiveExchange;
  #parses = false;
  #last_event_id = '';

  constructor(options: SubscriptionOptions, listeners: SubscriptionListeners) {
    this.lineage = options.lineage;
    this.number = options.number ?? 0;
    this.#dialect = options.dialect;
    this.#listeners = listeners;
    this.#max_kept_bytes = options.max_kept_bytes ?? DEFAULT_MAX_KEPT_BYTES;
    this.#parser = createSseParser((item) => {
      this.#onItem(item);
    });
    this.#live = follow(
      { ...options, max_kept_bytes: this.#max_kept_bytes },
      {
        onHead: (head) => {
          this.#parses = isEventStream(head);
          listeners.onHead?.(head);
          this.#look();
        },
        onChunk: (chunk) => {
          this.#onChunk(chunk);
        },
        onEnd: (exchange) => {
          listeners.onEnd?.(exchange);
          this.#look();
          for (const waiter of this.#waiters) waiter.giveUp();
        },
      },
    );
  }

  get opened(): Promise<ExchangeHead> {
    return this.#live.opened;
  }

  get last_event_id(): string {
    return this.#last_event_id;
  }

  get end(): Exchange['end'] | null {
    return this.#live.end;
  }

  get bytes_received(): number {
    return this.#live.bytes_received;
  }

  until(predicate: (subscription: Subscription) => boolean, within_ms: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        settled();
      };
      const waiter: Waiter = {
        look: () => {
          try {
            if (predicate(this))
              settle(() => {
                resolve(true);
              });
          } catch (error) {
            settle(() => {
              reject(error instanceof Error ? error : new Error(String(error)));
            });
          }
        },
        giveUp: () => {
          settle(() => {
            resolve(false);
          });
        },
      };
      // Timers come before sockets: where this process was late itself, what is there already is read first.
      const timer = setTimeout(() => setImmediate(waiter.giveUp), within_ms);
      this.#waiters.add(waiter);
      waiter.look();
      // Nothing more will come.
      if (this.end !== null) waiter.giveUp();
    });
  }

  async finished(within_ms: number): Promise<Exchange> {
    const timer = setTimeout(() => {
      this.#live.abort('timeout', 'TIMEOUT_FINISH');
    }, within_ms);
    try {
      return await this.#live.finished;
    } finally {
      clearTimeout(timer);
    }
  }

  stall(): void {
    this.#live.stall();
  }

  resume(): void {
    this.#live.resume();
  }

  close(): Promise<Exchange> {
    this.#live.abort();
    return this.#live.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onChunk(chunk: Chunk): void {
    if (this.#parses) {
      try {
        this.#parser.push(chunk.bytes, chunk.at_ms);
      } catch (error) {
        if (!(error instanceof SseBlockTooLarge)) throw error;
        this.#parses = false;
        this.#live.abort('aborted', 'BLOCK_TOO_LARGE');
      }
    }
    // Everything received is kept, or the subscription ends: half a record would be judged as if it were whole.
    if (chunk.offset + chunk.bytes.length > this.#max_kept_bytes) this.#live.abort('aborted', 'RECEIVED_TOO_MUCH');
    this.#look();
  }

  #onItem(item: SseItem): void {
    // Closed while this chunk was being read: what is left of it was not received any more.
    if (this.end !== null) return;
    if (item.kind !== 'comment') this.#last_event_id = item.last_event_id;
    const reading = this.#read(item);
    this.items.push(item);
    this.readings.push(reading);
    // What has no id anywhere is of the server's own, or lost its id: either way it is no event of the stream.
    if (reading.kind === 'event' && reading.event.id > 0) {
      this.events.push(reading.event);
      this.received_ms.push(item.at_ms);
    }
    this.#listeners.onReading?.(reading, item);
    this.#look();
  }

  #read(item: SseItem): Reading {
    try {
      return this.#dialect.readItem(item);
    } catch (error) {
      if (!(error instanceof DialectError)) throw error;
      return { kind: 'error', message: error.message };
    }
  }

  #look(): void {
    for (const waiter of this.#waiters) waiter.look();
  }
}

/** Sends the request and follows its answer. `readings` has one entry per item, at the same index. */
export function subscribe(options: SubscriptionOptions, listeners: SubscriptionListeners = {}): Subscription {
  return new FollowedStream(options, listeners);
}
