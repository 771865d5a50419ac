/** The last so many names, in order: each one added pushes the oldest out. */
export class Ring {
  readonly #names: string[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#names.length;
  }

  /** Adds a name; returns the one that had to go, or undefined while there is room. */
  push(name: string): string | undefined {
    const oldest = this.#names[this.#next];
    this.#names[this.#next] = name;
    this.#next = (this.#next + 1) % this.#capacity;
    return oldest;
  }
}
