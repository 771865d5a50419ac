/** How much wire text one page carries: it stays under 5 MB by showing parts of long transcripts, and says so. */
import type { TranscriptLine } from '../../harness/result.ts';
import { sample, type Segment } from '../transcript-text.ts';

/** What all transcripts of a page may take together. */
const PAGE_BYTES = 2_500_000;
/** What the mark-up around a line costs. */
const LINE_BYTES = 130;
export const LINE_CHARACTERS = 1_500;

/** Hands out room to transcripts in the order they are asked for: failures come first. */
export class Allowance {
  #left = PAGE_BYTES;
  #shown = 0;
  #total = 0;

  /** The lines to show of a transcript of which at most `limit` lines are wanted; none when there is no room left. */
  take(
    transcript: readonly TranscriptLine[],
    limit: number,
    matters: (line: TranscriptLine) => boolean,
  ): readonly Segment<TranscriptLine>[] {
    const segments = sample(transcript, limit, matters);
    const kept = segments.flatMap(({ items }) => items);
    // Escaping can make five characters of one; twice the length is what text that is not hostile stays below.
    const bytes = kept.reduce((sum, line) => sum + LINE_BYTES + 2 * Math.min(line.text.length, LINE_CHARACTERS), 0);
    this.#total += transcript.length;
    if (bytes > this.#left) return [{ skipped: transcript.length, items: [] }];
    this.#left -= bytes;
    this.#shown += kept.length;
    return segments;
  }

  get shown(): number {
    return this.#shown;
  }

  get total(): number {
    return this.#total;
  }
}
