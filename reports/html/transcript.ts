/** A transcript as a list of lines with their time and byte offset; the lines the evidence points at are marked. */
import type { TranscriptLine } from '../../harness/result.ts';
import { plural } from '../format.ts';
import { clip } from '../printable.ts';
import { LINE_CHARACTERS, type Allowance } from './allowance.ts';
import { html, type Markup } from './markup.ts';

const ARROWS: Readonly<Record<TranscriptLine['direction'], readonly [sign: string, name: string]>> = {
  sent: ['→', 'sent'],
  received: ['←', 'received'],
  note: ['·', 'note'],
};

export interface TranscriptOptions {
  readonly label: string;
  /** Lines shown at most. */
  readonly limit: number;
  /** Whether the evidence names a line. */
  readonly isWitness?: (line: TranscriptLine) => boolean;
}

function lineMarkup(line: TranscriptLine, start_ms: number, witness: boolean): Markup {
  const [sign, name] = ARROWS[line.direction];
  return html`<li class="${name}${witness ? ' witness' : ''}">
    <span class="at">${(line.at_ms - start_ms).toFixed(1)}</span><span class="off">${line.offset ?? ''}</span
    ><span class="dir" title="exchange ${line.exchange}, ${name}">${sign}</span
    ><code>${clip(line.text, LINE_CHARACTERS)}</code>
  </li>`;
}

function cutMarkup(skipped: number): Markup {
  return html`<li class="cut">${plural(skipped, 'line')} left out to keep the page small; result.json has all</li>`;
}

export function transcriptMarkup(
  transcript: readonly TranscriptLine[],
  allowance: Allowance,
  { label, limit, isWitness = () => false }: TranscriptOptions,
): Markup | null {
  if (transcript.length === 0) return null;
  const start_ms = transcript[0]?.at_ms ?? 0;
  const segments = allowance
    .take(transcript, limit, isWitness)
    .map(({ skipped, items }) => [
      skipped === 0 ? null : cutMarkup(skipped),
      items.map((line) => lineMarkup(line, start_ms, isWitness(line))),
    ]);
  return html`<figure class="wire">
    <figcaption>
      <span>${label}</span><span class="units">ms · byte</span
      ><button type="button" class="hex" hidden aria-pressed="false">hex</button>
    </figcaption>
    <ol tabindex="0">
      ${segments}
    </ol>
  </figure>`;
}
