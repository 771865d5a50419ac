/** A transcript as a list of lines with their time and byte offset; the lines the evidence points at are marked. */
import type { CheckResult, TranscriptLine } from '../../harness/result.ts';
import { formatCount } from '../format.ts';
import { clip } from '../printable.ts';
import { LINE_CHARACTERS, type Allowance } from './allowance.ts';
import { html, type Markup } from './markup.ts';

const ARROWS: Readonly<Record<TranscriptLine['direction'], readonly [sign: string, name: string]>> = {
  sent: ['→', 'sent'],
  received: ['←', 'received'],
  note: ['·', 'note'],
};

/** Byte offsets that a check's evidence names: facts whose key ends in `offset`. */
export function witnessOffsets({ evidence }: CheckResult): ReadonlySet<number> {
  const offsets = Object.entries(evidence).flatMap(([key, value]) =>
    /offset$/.test(key) && typeof value === 'number' ? [value] : [],
  );
  return new Set(offsets);
}

export interface TranscriptOptions {
  readonly label: string;
  /** Lines shown at most. */
  readonly limit: number;
  readonly witnesses?: ReadonlySet<number>;
}

function lineMarkup(line: TranscriptLine, start_ms: number, witnesses: ReadonlySet<number>): Markup {
  const [sign, name] = ARROWS[line.direction];
  const witness = line.direction === 'received' && line.offset !== null && witnesses.has(line.offset);
  return html`<li class="${name}${witness ? ' witness' : ''}">
    <span class="at">${(line.at_ms - start_ms).toFixed(1)}</span><span class="off">${line.offset ?? ''}</span
    ><span class="dir" title="exchange ${line.exchange}, ${name}">${sign}</span
    ><code>${clip(line.text, LINE_CHARACTERS)}</code>
  </li>`;
}

export function transcriptMarkup(
  transcript: readonly TranscriptLine[],
  allowance: Allowance,
  { label, limit, witnesses = new Set() }: TranscriptOptions,
): Markup | null {
  if (transcript.length === 0) return null;
  const { head, tail, omitted } = allowance.take(transcript, limit);
  const start_ms = transcript[0]?.at_ms ?? 0;
  const write = (line: TranscriptLine) => lineMarkup(line, start_ms, witnesses);
  const cut =
    omitted === 0
      ? null
      : html`<li class="cut">
          ${formatCount(omitted)} lines left out to keep the page small; result.json has them all
        </li>`;
  return html`<figure class="wire">
    <figcaption>
      <span>${label}</span><span class="units">ms · byte</span
      ><button type="button" class="hex" hidden aria-pressed="false">hex</button>
    </figcaption>
    <ol tabindex="0">
      ${head.map(write)}${cut}${tail.map(write)}
    </ol>
  </figure>`;
}
