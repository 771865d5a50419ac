/**
 * Seeded randomness. One seed drives data, schedule and faults; every consumer takes its own
 * stream by label, so adding a consumer shifts nobody else's numbers (design 4).
 */

/** FNV-1a, 32 bit: only mixes a label into a seed. */
function hashLabel(seed: number, label: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < label.length; index += 1) {
    hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** An independent generator that depends on this seed and the label alone, not on what was drawn before. */
  fork(label: string): Random {
    return new Random(hashLabel(this.seed, label));
  }

  /** A float in [0, 1). Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer in [low, high], both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new RangeError('Random.pick: the list is empty');
    return item;
  }

  /** A new list in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const list = [...items];
    for (let index = list.length - 1; index > 0; index -= 1) {
      const other = this.int(0, index);
      [list[index], list[other]] = [list[other] as T, list[index] as T];
    }
    return list;
  }

  /** Printable ASCII of exactly `bytes` bytes. */
  text(bytes: number): string {
    let text = '';
    while (text.length < bytes) text += this.next().toString(36).slice(2);
    return text.slice(0, bytes);
  }
}
