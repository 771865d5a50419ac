/**
 * Id ranges that readers passed over, for when it is known which of those ids exist. Where ids have holes every reader
 * skips the same, so a range is kept once, with the readers that may still be told it is gone.
 */
import { Budget } from './budget.ts';
import type { Book } from './book.ts';
import type { StreamState } from './state.ts';

/** One reader passed over these ids. A loss, once one of them is known to exist. */
export interface Skip {
  readonly from: number;
  readonly to: number;
  readonly subscription: string;
  readonly at_ms: number;
}

interface Range extends Pick<Skip, 'from' | 'to'> {
  /** When each was seen to skip it; those who were told of the gap are gone from here. */
  readonly readers: Map<string, number>;
  /** Others skipped it too, beyond what may be remembered. */
  more: boolean;
}

export class SkippedRanges {
  readonly #book: Book;
  readonly #streams = new Map<StreamState, Map<string, Range>>();
  /** Readers beyond the first of each range: without them a range is still judged, with less to excuse. */
  readonly #others: Budget;
  #count = 0;

  constructor(book: Book) {
    this.#book = book;
    this.#others = new Budget(book.limits.skipping_readers, () => {
      // The range itself says that it does not know all of them.
    });
  }

  add(stream: StreamState, { from, to, subscription, at_ms }: Skip): void {
    const ranges = this.#streams.get(stream) ?? new Map<string, Range>();
    this.#streams.set(stream, ranges);
    const key = `${from} ${to}`;
    const known = ranges.get(key);
    if (known !== undefined) {
      if (known.readers.has(subscription)) return;
      if (this.#others.take()) known.readers.set(subscription, at_ms);
      else known.more = true;
      return;
    }
    if (this.#count >= this.#book.limits.skipped_ranges) {
      this.#book.exceed('too-many-skipped-ranges');
      return;
    }
    this.#count += 1;
    ranges.set(key, { from, to, readers: new Map([[subscription, at_ms]]), more: false });
  }

  /** That reader was told that ids are gone: signalled late, but signalled. */
  excuse(stream: StreamState, subscription: string, through: number): void {
    const ranges = this.#streams.get(stream) ?? new Map<string, Range>();
    for (const [key, range] of ranges) {
      const { from, to, readers } = range;
      const at_ms = from > through ? undefined : readers.get(subscription);
      if (at_ms === undefined) continue;
      readers.delete(subscription);
      if (readers.size > 0) this.#others.giveBack();
      else this.#drop(ranges, key, range);
      if (to > through) this.add(stream, { from: through + 1, to, subscription, at_ms });
    }
  }

  /** Each range with the first of those who were never told. */
  *unexcused(): Generator<readonly [StreamState, Skip]> {
    for (const [stream, ranges] of this.#streams) {
      for (const { from, to, readers } of ranges.values()) {
        for (const [subscription, at_ms] of readers) {
          yield [stream, { from, to, subscription, at_ms }];
          break;
        }
      }
    }
  }

  #drop(ranges: Map<string, Range>, key: string, range: Range): void {
    ranges.delete(key);
    this.#count -= 1;
    // Whether those beyond the bound were told as well, nobody knows.
    if (range.more) this.#book.exceed('too-many-skipped-ranges');
  }
}
