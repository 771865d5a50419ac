/** A line chart as static SVG: what a reader without scripts, and paper, get. */
import { html, px, type Markup } from './markup.ts';

export interface Line {
  /** Class of the stroke. */
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface LineChart {
  readonly label: string;
  readonly at_ms: readonly number[];
  readonly lines: readonly Line[];
  /** Logarithmic where values span decades. */
  readonly scale: 'linear' | 'log';
  /** Size in the units of its text: 11.5 of them are a line's height. */
  readonly width: number;
  readonly height: number;
  readonly format: (value: number) => string;
  readonly bands?: readonly { readonly from_ms: number; readonly to_ms: number; readonly number: number }[];
  readonly levels?: readonly { readonly value: number; readonly label: string }[];
}

const LEFT = 56;
const RIGHT = 10;
const TOP = 16;
const BOTTOM = 22;

interface Axis {
  readonly ticks: readonly number[];
  /** 0 at the bottom, 1 at the top. */
  share(value: number): number;
}

function logAxis(values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(1, ...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, ...positive))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    share: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low),
  };
}

function linearAxis(values: readonly number[]): Axis {
  const top = Math.max(1, ...values);
  const unit = 10 ** Math.floor(Math.log10(top));
  const step = [0.5, 1, 2, 5].map((factor) => factor * unit).find((size) => top / size <= 4) ?? unit * 5;
  const end = Math.ceil(top / step) * step;
  return {
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step),
    share: (value) => value / end,
  };
}

/** One path per stretch of known values. */
function pathOf(
  values: readonly (number | null)[],
  xOf: (index: number) => number,
  yOf: (value: number) => number,
): string {
  let drawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        drawing = false;
        return '';
      }
      const step = `${drawing ? 'L' : 'M'}${px(xOf(index))} ${px(yOf(value))}`;
      drawing = true;
      return step;
    })
    .join('');
}

export function lineSvg({
  label,
  at_ms,
  lines,
  scale,
  width,
  height,
  format,
  bands = [],
  levels = [],
}: LineChart): Markup {
  const known = [...lines.flatMap((line) => line.values), ...levels.map((level) => level.value)].filter(
    (value) => value !== null,
  );
  const axis = scale === 'log' ? logAxis(known) : linearAxis(known);
  const start = at_ms[0] ?? 0;
  const span = Math.max((at_ms.at(-1) ?? 0) - start, 1);
  const xAt = (ms: number) => LEFT + (Math.min(Math.max(ms - start, 0), span) / span) * (width - LEFT - RIGHT);
  const yOf = (value: number) => TOP + (1 - axis.share(value)) * (height - TOP - BOTTOM);
  const grid = axis.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${px(yOf(tick))}" y2="${px(yOf(tick))}" /><text
          class="tick y"
          x="${LEFT - 8}"
          y="${px(yOf(tick) + 4)}"
          >${format(tick)}</text
        >`,
  );
  const shades = bands.map(
    ({ from_ms, to_ms, number }) =>
      html`<rect
          class="band"
          x="${px(xAt(from_ms))}"
          width="${px(Math.max(xAt(to_ms) - xAt(from_ms), 1))}"
          y="${TOP}"
          height="${height - TOP - BOTTOM}"
        /><text class="number" x="${px(xAt(from_ms) + 3)}" y="${TOP - 4}">${number}</text>`,
  );
  const limits = levels.map(
    ({ value, label: text }) =>
      html`<line class="level" x1="${LEFT}" x2="${width - RIGHT}" y1="${px(yOf(value))}" y2="${px(yOf(value))}" /><text
          class="tick end"
          x="${width - RIGHT}"
          y="${px(yOf(value) - 4)}"
          >${text}</text
        >`,
  );
  const paths = lines.map(
    ({ name, values }) =>
      html`<path class="${name}" d="${pathOf(values, (index) => xAt(at_ms[index] ?? start), yOf)}" />`,
  );
  return html`<svg class="lines" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    ${grid}${shades}${limits}${paths}
    <text class="tick" x="${LEFT}" y="${height - 4}">${(start / 1000).toFixed(0)} s</text>
    <text class="tick end" x="${width - RIGHT}" y="${height - 4}">${((start + span) / 1000).toFixed(0)} s</text>
  </svg>`;
}
