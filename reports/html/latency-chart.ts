/** The one chart of the first screen: latency over time, what was done to the target, and when it was well again. */
import type { RunResult } from '../../harness/result.ts';
import { formatMs } from '../format.ts';
import { faultName, healingOf, healingSentence } from '../narrative.ts';
import { clip } from '../printable.ts';
import { latencyData } from './latency-data.ts';
import { lineSvg } from './line-svg.ts';
import { embeddedJson, html, Markup } from './markup.ts';

const WIDTH = 780;
const HEIGHT = 270;
const FAULTS_LISTED = 8;

/** As the harness names its modes of reading. */
const READERS: Readonly<Record<string, string>> = { sse: 'SSE', 'long-poll': 'long-poll', poll: 'polling' };

function faultList(result: RunResult): Markup | null {
  if (result.faults.length === 0) return null;
  const healing = healingOf(result);
  const items = result.faults.slice(0, FAULTS_LISTED).map((fault, index) => {
    const until = fault.healed_ms === null ? 'not healed' : `healed ${formatMs(fault.healed_ms)}`;
    const after = healingSentence(healing.get(fault));
    return html`<li>
      <span class="badge${fault.bit ? '' : ' unbitten'}">${index + 1}</span>
      <span
        ><b>${clip(faultName(fault), 60)}</b> ${formatMs(fault.at_ms)},
        ${until}${after === '' ? '' : `, ${after}`}${fault.bit ? '' : '; never seen on the wire'}</span
      >
    </li>`;
  });
  const rest = result.faults.length - items.length;
  return html`<ol class="bands">
    ${items}${rest > 0 ? html`<li>and ${rest} more below</li>` : null}
  </ol>`;
}

/** `SSE and long-poll readers`. */
function readers(modes: readonly string[]): string {
  return `${modes.map((mode) => READERS[mode] ?? clip(mode, 20)).join(' and ')} readers`;
}

/** null where the run measured no latency over time. */
export function latencyChart(result: RunResult): Markup | null {
  const data = latencyData(result);
  if (data === null || result.load === null) return null;
  const of = readers(result.load.series_modes);
  const drawing = lineSvg({
    label: `Event latency over time, ${of}: p50, p95 and maximum, with the faults as bands`,
    at_ms: data.at_ms,
    lines: [
      { name: 'max', values: data.max_ms },
      { name: 'p50', values: data.p50_ms },
      { name: 'p95', values: data.p95_ms },
    ],
    scale: 'log',
    width: WIDTH,
    height: HEIGHT,
    format: formatMs,
    bands: data.bands,
    levels: data.budgets.map(({ value_ms, label }) => ({ value: value_ms, label })),
  });
  // Built as a plain string, so that nothing but the JSON stands between the tags.
  const json = new Markup(`<script type="application/json" id="latency-data">${embeddedJson(data).source}</script>`);
  return html`<figure class="chart">
    <figcaption>
      <h2>Event latency <span class="count">${of}</span></h2>
      <ul class="key">
        <li class="p95">p95<b></b></li>
        <li class="p50">p50<b></b></li>
        <li class="max">max<b></b></li>
        <li class="fault">fault</li>
        <li class="healing">healed, over budget</li>
      </ul>
    </figcaption>
    <div class="plot" id="latency-chart">${drawing}</div>
    ${json} ${faultList(result)}
  </figure>`;
}
