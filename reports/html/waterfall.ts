/** When each event was sent, acknowledged and received, one lane each; what is wrong is drawn and named. */
import type { WaterfallMark } from '../../harness/result.ts';
import { formatMs } from '../format.ts';
import { groupBy } from '../group-by.ts';
import { clip } from '../printable.ts';
import { html, px, type Markup } from './markup.ts';

const WIDTH = 760;
const LEFT = 130;
const RIGHT = 24;
const TOP = 18;
const LANE = 40;
const MARKS_SHOWN = 400;
/** With more marks in a lane than this their ids would overlap. */
const LABELLED_MARKS = 24;

const BAD: Readonly<Record<Exclude<WaterfallMark['mark'], 'ok'>, string>> = {
  missing: '∅',
  doubled: '×2',
  reordered: '⇄',
  late: '◷',
  foreign: '!',
};

function markMarkup(mark: WaterfallMark, x: number, y: number, labelled: boolean): Markup {
  const id = mark.id === null ? 'without id' : `event ${mark.id}`;
  const title = html`<title>${mark.lane}: ${id}, ${mark.mark}, ${formatMs(mark.at_ms)}</title>`;
  const label =
    labelled && mark.id !== null ? html`<text class="id" x="${px(x)}" y="${px(y + 17)}">${mark.id}</text>` : null;
  if (mark.mark === 'ok') return html`<g>${title}<circle class="ok" cx="${px(x)}" cy="${px(y)}" r="3.5" />${label}</g>`;
  return html`<g class="bad ${mark.mark}"
    >${title}<circle cx="${px(x)}" cy="${px(y)}" r="9" /><text class="sign" x="${px(x)}" y="${px(y + 4)}"
      >${BAD[mark.mark]}</text
    >${mark.id === null ? null : html`<text class="id" x="${px(x)}" y="${px(y - 13)}">${mark.id} ${mark.mark}</text>`}</g
  >`;
}

/** Thin lines from lane to lane that follow one event. */
function pathOf(
  marks: readonly WaterfallMark[],
  xOf: (mark: WaterfallMark) => number,
  yOf: (mark: WaterfallMark) => number,
): Markup | null {
  const stops = marks.filter((mark) => mark.mark === 'ok');
  if (stops.length < 2) return null;
  return html`<polyline points="${stops.map((mark) => `${px(xOf(mark))},${px(yOf(mark))}`).join(' ')}" />`;
}

export function waterfallMarkup(all: readonly WaterfallMark[]): Markup | null {
  if (all.length === 0) return null;
  const marks = all.slice(0, MARKS_SHOWN);
  const lanes = [...groupBy(marks, (mark) => mark.lane).keys()];
  const times = marks.map((mark) => mark.at_ms);
  const start = Math.min(...times);
  const span = Math.max(Math.max(...times) - start, 0.001);
  const height = TOP + lanes.length * LANE + 26;
  const xOf = (mark: WaterfallMark) => LEFT + ((mark.at_ms - start) / span) * (WIDTH - LEFT - RIGHT);
  const yOf = (mark: WaterfallMark) => TOP + lanes.indexOf(mark.lane) * LANE + LANE / 2;
  const wrong = [
    ...groupBy(
      marks.filter((mark) => mark.mark !== 'ok'),
      (mark) => mark.mark,
    ),
  ]
    .map(([kind, list]) => `${kind}: ${clip(list.map((mark) => mark.id ?? '–').join(', '), 60)}`)
    .join('; ');
  const laneMarkup = lanes.map((lane, index) => {
    const y = TOP + index * LANE + LANE / 2;
    return html`<line class="lane" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y)}" y2="${px(y)}" /><text
        class="name"
        x="${LEFT - 14}"
        y="${px(y + 4)}"
        >${clip(lane, 20)}</text
      >`;
  });
  const paths = [
    ...groupBy(
      marks.filter((mark) => mark.id !== null),
      (mark) => mark.id,
    ).values(),
  ].map((list) => pathOf(list, xOf, yOf));
  const perLane = Math.max(...[...groupBy(marks, (mark) => mark.lane).values()].map((list) => list.length));
  // What is wrong is drawn last, so that nothing covers it.
  const inOrder = [...marks.filter((mark) => mark.mark === 'ok'), ...marks.filter((mark) => mark.mark !== 'ok')];
  const dots = inOrder.map((mark) => markMarkup(mark, xOf(mark), yOf(mark), perLane <= LABELLED_MARKS));
  return html`<figure class="waterfall">
    <figcaption>
      Waterfall
      ${wrong === '' ? null : html`<strong>${wrong}</strong>`}${all.length > marks.length ? ` (first ${marks.length} of ${all.length} marks)` : ''}
    </figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="Waterfall, scrolls sideways">
      <svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Waterfall of ${lanes.length} lanes. ${wrong}">
        ${laneMarkup}
        <g class="paths">${paths}</g>
        ${dots}
        <text class="tick" x="${LEFT}" y="${height - 6}">+0 ms</text>
        <text class="tick end" x="${WIDTH - RIGHT}" y="${height - 6}">+${formatMs(span)}</text>
      </svg>
    </div>
  </figure>`;
}
