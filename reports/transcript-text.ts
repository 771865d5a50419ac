/** Transcripts as lines of plain text, and how long ones are cut. */
import type { TranscriptLine } from '../harness/result.ts';
import { formatCount } from './format.ts';
import { clip, printable } from './printable.ts';

/** Characters of one line a text report keeps. */
const LINE_LIMIT = 400;

const ARROWS: Readonly<Record<TranscriptLine['direction'], string>> = { sent: '>', received: '<', note: '·' };

export interface Sampled<Item> {
  readonly head: readonly Item[];
  readonly tail: readonly Item[];
  /** How many between the two were left out. */
  readonly omitted: number;
}

/** At most `limit` items: the beginning says what was asked, the end shows what came of it. */
export function sample<Item>(items: readonly Item[], limit: number): Sampled<Item> {
  if (items.length <= limit) return { head: items, tail: [], omitted: 0 };
  const head = Math.ceil(limit / 3);
  const tail = limit - head;
  return { head: items.slice(0, head), tail: items.slice(items.length - tail), omitted: items.length - limit };
}

/** Milliseconds since the transcript's first line. */
export function relativeTime(line: TranscriptLine, lines: readonly TranscriptLine[]): string {
  return `+${(line.at_ms - (lines[0]?.at_ms ?? 0)).toFixed(1)} ms`;
}

/** `#4 <    +4.2 ms  @93  id: 4`, one line each, at most `limit` and a line that counts what was left out. */
export function transcriptText(lines: readonly TranscriptLine[], limit: number): readonly string[] {
  const write = (line: TranscriptLine) => {
    const offset = line.offset === null ? '' : `@${line.offset}`;
    const text = clip(printable(line.text), LINE_LIMIT);
    return `#${line.exchange} ${ARROWS[line.direction]} ${relativeTime(line, lines).padStart(10)} ${offset.padEnd(6)} ${text}`.trimEnd();
  };
  const { head, tail, omitted } = sample(lines, limit);
  const cut = omitted === 0 ? [] : [`… ${formatCount(omitted)} lines left out; result.json has them all …`];
  return [...head.map(write), ...cut, ...tail.map(write)];
}
