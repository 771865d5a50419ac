/** One line of a transcript: printable, without secrets, without the bulk of padding and long values. */
import { characterBoundary, printableBytes } from './printable-bytes.ts';
import { labelOf, type Redactor, type SecretSpan } from './redactor.ts';

export interface LineLimits {
  /** Bytes shown of one line. */
  readonly line_bytes: number;
  /** So many equal bytes in a row, e.g. a padding comment's, are shown as a count. */
  readonly run_bytes: number;
}

/** Text of the bytes `[start, end)` of a body or header block. */
export type LineWriter = (body: Buffer, start: number, end: number) => string;

export const counted = (count: number): string => count.toLocaleString('en-US');

function runEnd(bytes: Buffer, start: number, end: number): number {
  let position = start + 1;
  while (position < end && bytes[position] === bytes[start]) position++;
  return position;
}

/** A stretch without secrets; long runs of one byte become counts. */
function withoutRuns(bytes: Buffer, run_bytes: number): string {
  let text = '';
  let shown = 0;
  for (let start = 0; start < bytes.length;) {
    const end = runEnd(bytes, start, bytes.length);
    if (end - start >= run_bytes) {
      const one = printableBytes(bytes.subarray(start, start + 1));
      text += `${printableBytes(bytes.subarray(shown, start))}‹${counted(end - start)} × "${one}"›`;
      shown = end;
    }
    start = end;
  }
  return text + printableBytes(bytes.subarray(shown));
}

function withoutSecrets(
  bytes: Buffer,
  [start, end]: readonly [start: number, end: number],
  spans: readonly SecretSpan[],
  run_bytes: number,
): string {
  let text = '';
  let position = start;
  for (const span of spans) {
    if (span.end <= position || span.start >= end) continue;
    text += withoutRuns(bytes.subarray(position, Math.max(position, span.start)), run_bytes);
    // A secret that began in the line before was named there.
    if (span.start >= start) text += labelOf(span.secret);
    position = Math.min(span.end, end);
  }
  return text + withoutRuns(bytes.subarray(position, end), run_bytes);
}

/** Where to stop. A long run counts as one byte, so that a padded line is shown whole. */
function shownEnd(bytes: Buffer, start: number, end: number, { line_bytes, run_bytes }: LineLimits): number {
  let budget = line_bytes;
  let position = start;
  while (position < end && budget > 0) {
    const run_end = runEnd(bytes, position, end);
    const length = run_end - position;
    position = length >= run_bytes ? run_end : position + Math.min(length, budget);
    budget -= length >= run_bytes ? 1 : length;
  }
  return Math.max(start, characterBoundary(bytes, position));
}

export function lineWriter(redactor: Redactor, limits: LineLimits): LineWriter {
  return (body, start, end) => {
    const shown_end = shownEnd(body, start, end, limits);
    // Secrets are looked for around what is shown only, so that the rest of a long body costs nothing.
    const from = Math.max(0, start - redactor.longest);
    const window = body.subarray(from, shown_end + redactor.longest);
    const spans = redactor.spans(window);
    const text = withoutSecrets(window, [start - from, shown_end - from], spans, limits.run_bytes);
    return shown_end === end ? text : `${text}‹${counted(end - shown_end)} more bytes›`;
  };
}
