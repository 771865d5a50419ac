import type { Exchange } from '../client/exchange.ts';

/** Which exchanges of a check were answered 429: checks that run side by side share an account and what it may open. */
export class TurnedAway {
  readonly #numbers = new Set<number>();

  note({ number, status }: Pick<Exchange, 'number' | 'status'>): void {
    if (status === 429) this.#numbers.add(number);
  }

  /** Whether a limit may be what these exchanges show; where none is named, any of the check's. */
  isShownBy(exchanges: readonly number[] = [...this.#numbers]): boolean {
    return exchanges.some((number) => this.#numbers.has(number));
  }
}
