/** The measurements behind the verdict: depth, reconnects, throughput, every metric, and how far the generator is to be trusted. */
import type { GeneratorHealth, MetricResult, RunResult, SeriesPoint } from '../../harness/result.ts';
import { formatCount, formatMs, formatRate } from '../format.ts';
import { clip } from '../printable.ts';
import { chartSeries, latencyData, type Band } from './latency-data.ts';
import { lineSvg } from './line-svg.ts';
import { PERCENTILE_COLUMNS, percentileCells } from './load.ts';
import { html, type Content, type Markup } from './markup.ts';
import { tableMarkup } from './table.ts';

const METRIC_ROWS = 400;

interface Small {
  readonly title: string;
  readonly valueOf: (point: SeriesPoint) => number;
}

const SMALLS: readonly Small[] = [
  { title: 'Queue depth (events behind the tail)', valueOf: (point) => point.queue_depth },
  { title: 'Deliveries per window', valueOf: (point) => point.delivered },
  { title: 'Reconnects per window', valueOf: (point) => point.reconnects },
];

function smallCharts(series: readonly SeriesPoint[], bands: readonly Band[]): Markup | null {
  if (series.length === 0) return null;
  const charts = SMALLS.map(
    ({ title, valueOf }) =>
      html`<figure class="small">
        <figcaption>${title}</figcaption>
        ${lineSvg({
          label: title,
          at_ms: series.map((point) => point.at_ms),
          lines: [{ name: 'p95', values: series.map(valueOf) }],
          scale: 'linear',
          width: 400,
          height: 150,
          format: formatCount,
          bands,
        })}
      </figure>`,
  );
  return html`<div class="smalls">${charts}</div>`;
}

function scalar(value: number | null, { kind }: MetricResult): string {
  if (value === null) return '–';
  return kind === 'rate' ? formatRate(value) : formatCount(value);
}

function metricRows(name: string, metric: MetricResult): readonly (readonly Content[])[] {
  const blank = PERCENTILE_COLUMNS.map(() => '');
  const row = (label: Content, kind: string, value: number | MetricResult['percentiles']): Content[] =>
    typeof value === 'number' || value === null
      ? [label, kind, scalar(value, metric), ...blank]
      : [label, kind, '', ...percentileCells(value)];
  const tagged = Object.entries(metric.tagged).map(([tag, value]) =>
    row(html`<span class="tag">${clip(tag, 60)}</span>`, '', value),
  );
  return [row(html`<code>${clip(name, 80)}</code>`, metric.kind, metric.percentiles ?? metric.value), ...tagged];
}

function metrics(result: RunResult): Markup | null {
  const rows = Object.entries(result.metrics).flatMap(([name, metric]) => metricRows(name, metric));
  if (rows.length === 0) return null;
  const columns = [{ title: 'metric' }, { title: 'kind' }, { title: 'value', numeric: true }, ...PERCENTILE_COLUMNS];
  return tableMarkup('Metrics', columns, rows.slice(0, METRIC_ROWS));
}

function generator(health: GeneratorHealth, clock: string): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ['Schedule lag p99', formatMs(health.schedule_lag_p99_ms)],
    ['Event-loop delay p99', formatMs(health.event_loop_delay_p99_ms)],
    ['CPU', `${formatCount(health.cpu_percent)} %`],
    ['Clock', clip(clock, 200)],
  ];
  const verdict = health.saturated
    ? 'The generator was saturated: timing verdicts of this run are void, safety verdicts hold.'
    : 'The generator kept its schedule, so timing verdicts hold.';
  return html`<h3>Generator</h3>
    <p class="${health.saturated ? 'warning' : 'note'}">${verdict}</p>
    <dl class="run">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

export function measurementsMarkup(result: RunResult): Markup | null {
  const table = metrics(result);
  if (result.load === null && table === null) return null;
  const bands = latencyData(result)?.bands ?? [];
  return html`${smallCharts(chartSeries(result), bands)}
  ${result.load === null ? null : generator(result.load.health, result.load.clock)} ${table}`;
}
