/** Transcripts as lines of plain text, and how long ones are cut: around what the evidence points at. */
import type { CheckResult, TranscriptLine } from '../harness/result.ts';
import { plural } from './format.ts';
import { clip, printable } from './printable.ts';

/** Characters of one line a text report keeps. */
const LINE_LIMIT = 400;

const ARROWS: Readonly<Record<TranscriptLine['direction'], string>> = { sent: '>', received: '<', note: '·' };

/**
 * Whether a received line is what a check's evidence names: by byte offset (a fact whose key ends in `offset`) or by
 * the `id:` line of the event (`id`).
 */
export function witnessTest({ evidence }: Pick<CheckResult, 'evidence'>): (line: TranscriptLine) => boolean {
  const offsets = new Set(
    Object.entries(evidence).flatMap(([key, value]) =>
      key.endsWith('offset') && typeof value === 'number' ? [value] : [],
    ),
  );
  const id = evidence['id'];
  const idLine = typeof id === 'number' || typeof id === 'string' ? `id: ${id}` : null;
  return ({ direction, offset, text }) =>
    direction === 'received' && offset !== null && (offsets.has(offset) || text === idLine);
}

/** A stretch of consecutive items, and how many before it were left out. */
export interface Segment<Item> {
  readonly skipped: number;
  readonly items: readonly Item[];
}

/**
 * At most `limit` items: the beginning says what was asked, the end what came of it, and a third stands around the
 * last item that `matters`.
 */
export function sample<Item>(
  items: readonly Item[],
  limit: number,
  matters: (item: Item) => boolean = () => false,
): readonly Segment<Item>[] {
  if (items.length <= limit) return [{ skipped: 0, items }];
  const focus = items.findLastIndex(matters);
  const share = Math.max(1, Math.floor(limit / 3));
  const middle = Math.max(0, focus - Math.floor(share / 2));
  const starts = focus < 0 ? [0, items.length - (limit - share)] : [0, middle, items.length - (limit - 2 * share)];
  const ends = focus < 0 ? [share, items.length] : [share, middle + share, items.length];
  const segments: Segment<Item>[] = [];
  let end = 0;
  starts.forEach((start, index) => {
    const from = Math.max(start, end);
    const stretch = items.slice(from, ends[index]);
    if (stretch.length === 0) return;
    segments.push({ skipped: from - end, items: stretch });
    end = from + stretch.length;
  });
  return segments;
}

/** Milliseconds since the transcript's first line. */
function relativeTime(line: TranscriptLine, lines: readonly TranscriptLine[]): string {
  return `+${(line.at_ms - (lines[0]?.at_ms ?? 0)).toFixed(1)} ms`;
}

/**
 * `#4 <    +4.2 ms  @93  id: 4`, one line each, at most `limit` and those that count what was left out. What the
 * evidence names begins with `»`.
 */
export function transcriptText(check: CheckResult, limit: number): readonly string[] {
  return linesText(check.transcript, limit, witnessTest(check));
}

/** The same exchange with the healthy reference, or why it is not there; empty where none was wanted. */
export function referenceText(check: CheckResult, limit: number): readonly string[] {
  const { reference_transcript: lines, reference_note: note } = check;
  if (lines !== null) return ['  with the healthy reference:', ...linesText(lines, limit, () => false)];
  return note === undefined ? [] : [`  not shown with the healthy reference: ${clip(printable(note), LINE_LIMIT)}`];
}

function linesText(
  lines: readonly TranscriptLine[],
  limit: number,
  isWitness: (line: TranscriptLine) => boolean,
): readonly string[] {
  const write = (line: TranscriptLine) => {
    const mark = isWitness(line) ? '»' : ' ';
    const offset = line.offset === null ? '' : `@${line.offset}`;
    const text = clip(printable(line.text), LINE_LIMIT);
    const time = relativeTime(line, lines).padStart(10);
    return `${mark} #${line.exchange} ${ARROWS[line.direction]} ${time} ${offset.padEnd(6)} ${text}`.trimEnd();
  };
  return sample(lines, limit, isWitness).flatMap(({ skipped, items }) => [
    ...(skipped === 0 ? [] : [`  … ${plural(skipped, 'line')} left out; result.json has all …`]),
    ...items.map(write),
  ]);
}
