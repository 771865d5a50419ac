/** What passed the proxy and what its faults did there. Bounded: the oldest entries leave first, counts stay. */
import { now } from '../harness/clock.ts';
import type { RequestHead } from './http/head.ts';

const MAX_EXCHANGES = 10_000;
const MAX_BITES = 10_000;

/**
 * `complete`: ended as HTTP says. `fin`, `rst`: the response broke off. `client`: the client left first.
 * `tunnel`: not HTTP/1.1 as the proxy reads it; passed on byte by byte.
 */
export type LoggedEnd = 'complete' | 'fin' | 'rst' | 'client' | 'tunnel' | 'failed';

export interface LoggedExchange {
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly method: string;
  /** Without its query, which may hold a ticket. */
  readonly path: string;
  readonly opened_ms: number;
  /** 0 before there was an answer. */
  status: number;
  headers_ms: number | null;
  /** Body bytes sent to the client. */
  response_bytes: number;
  ended_ms: number | null;
  end: LoggedEnd | null;
}

/** Wire evidence of a fault in one exchange; repeats are counted, the first is described. */
export interface Bite {
  readonly fault: string;
  readonly exchange: number;
  readonly path: string;
  readonly first_ms: number;
  last_ms: number;
  count: number;
  /** Body offset, as the fault saw the body; null where there is none. */
  readonly offset: number | null;
  readonly detail: string;
}

/** What bites: one arming of a fault, by identity. Another arming is another, whatever its name. */
interface Biter {
  readonly name: string;
}

export class ProxyLog {
  #exchanges: LoggedExchange[] = [];
  readonly #bites = new Map<string, Bite>();
  /** Tells armings apart, also those of one name. */
  readonly #biters = new WeakMap<Biter, number>();
  #biter_count = 0;
  readonly #watchers = new Set<() => void>();
  #count = 0;

  get exchanges(): readonly LoggedExchange[] {
    return this.#exchanges;
  }

  /** Of one fault, by its name and over all its armings, or of all. */
  bites(fault?: string): readonly Bite[] {
    const all = [...this.#bites.values()];
    return fault === undefined ? all : all.filter((bite) => bite.fault === fault);
  }

  /** Of one arming alone. */
  bitesOf(biter: Biter): readonly Bite[] {
    const prefix = this.#keyOf(biter, '');
    return [...this.#bites].filter(([key]) => key.startsWith(prefix)).map(([, bite]) => bite);
  }

  open(head: RequestHead): LoggedExchange {
    this.#count += 1;
    const exchange: LoggedExchange = {
      number: this.#count,
      method: head.method,
      path: head.path.split('?')[0] ?? '',
      opened_ms: now(),
      status: 0,
      headers_ms: null,
      response_bytes: 0,
      ended_ms: null,
      end: null,
    };
    this.#exchanges.push(exchange);
    if (this.#exchanges.length > MAX_EXCHANGES) this.#exchanges = this.#exchanges.slice(-MAX_EXCHANGES / 2);
    return exchange;
  }

  end(exchange: LoggedExchange, end: LoggedEnd): void {
    if (exchange.end !== null) return;
    exchange.end = end;
    exchange.ended_ms = now();
    this.#changed();
  }

  bite(biter: Biter, exchange: LoggedExchange, detail: string, offset: number | null): void {
    const key = this.#keyOf(biter, exchange.number);
    const bite = this.#bites.get(key);
    const at_ms = now();
    if (bite === undefined) {
      const { number, path } = exchange;
      this.#bites.set(key, {
        fault: biter.name,
        exchange: number,
        path,
        first_ms: at_ms,
        last_ms: at_ms,
        count: 1,
        offset,
        detail,
      });
      const [oldest] = this.#bites.keys();
      if (this.#bites.size > MAX_BITES && oldest !== undefined) this.#bites.delete(oldest);
    } else {
      bite.count += 1;
      bite.last_ms = at_ms;
    }
    this.#changed();
  }

  /** Resolves true once the predicate holds (looked at after every bite and end), false when the time was up first. */
  until(predicate: (log: ProxyLog) => boolean, within_ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (holds: boolean): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(holds);
      };
      const look = (): void => {
        if (predicate(this)) settle(true);
      };
      const timer = setTimeout(settle, within_ms, false);
      this.#watchers.add(look);
      look();
    });
  }

  #keyOf(biter: Biter, exchange: number | ''): string {
    let number = this.#biters.get(biter);
    if (number === undefined) {
      this.#biter_count += 1;
      number = this.#biter_count;
      this.#biters.set(biter, number);
    }
    return `${number} ${exchange}`;
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
