/** What many parts share: each takes its units while there are any. */
export class Budget {
  #left: number;
  readonly #onExcess: () => void;

  constructor(units: number, onExcess: () => void) {
    this.#left = units;
    this.#onExcess = onExcess;
  }

  take(): boolean {
    if (this.#left <= 0) {
      this.#onExcess();
      return false;
    }
    this.#left -= 1;
    return true;
  }

  giveBack(): void {
    this.#left += 1;
  }
}
