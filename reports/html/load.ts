/** The load in five minutes: latency by phase, the worst events, what was done to the target. */
import type { FaultResult, LoadResult, Percentiles, RunResult } from '../../harness/result.ts';
import { formatCount, formatMs, plural } from '../format.ts';
import { faultName, faultsSentence, healingOf, healingSentence } from '../narrative.ts';
import { clip } from '../printable.ts';
import { html, type Content, type Markup } from './markup.ts';
import { tableMarkup, type Column } from './table.ts';

const FAULTS_SHOWN = 300;
const WORST_SHOWN = 10;

export const PERCENTILE_COLUMNS: readonly Column[] = ['events', 'censored', 'min', 'p50', 'p95', 'p99', 'max'].map(
  (title) => ({ title, numeric: true }),
);

export function percentileCells(values: Percentiles): readonly string[] {
  const { count, censored, min_ms, p50_ms, p95_ms, p99_ms, max_ms } = values;
  return [formatCount(count), formatCount(censored), ...[min_ms, p50_ms, p95_ms, p99_ms, max_ms].map(formatMs)];
}

function phases(load: LoadResult): Markup {
  const rows = Object.entries(load.phases).map(([phase, values]) => [clip(phase, 60), ...percentileCells(values)]);
  return tableMarkup('Event latency by phase', [{ title: 'phase' }, ...PERCENTILE_COLUMNS], rows);
}

function worst(load: LoadResult): Markup | null {
  if (load.worst.length === 0) return null;
  const rows = load.worst
    .slice(0, WORST_SHOWN)
    .map(({ stream, id, latency_ms, phase, censored }) => [
      clip(stream, 60),
      id === null ? '–' : formatCount(id),
      `${formatMs(latency_ms)}${censored ? ' and never delivered' : ''}`,
      clip(phase, 40),
    ]);
  const columns = [
    { title: 'stream' },
    { title: 'event', numeric: true },
    { title: 'latency', numeric: true },
    { title: 'phase' },
  ];
  return tableMarkup('The worst events', columns, rows);
}

function bitMarkup(fault: FaultResult): Markup {
  return fault.bit
    ? html`<span class="outcome pass"><span class="lamp" aria-hidden="true">✓</span> bit</span>`
    : html`<span class="outcome inconclusive"><span class="lamp" aria-hidden="true">?</span> never seen</span>`;
}

function faultsMarkup(result: RunResult): Markup | null {
  if (result.faults.length === 0) return null;
  const healing = healingOf(result);
  const rows = result.faults
    .slice(0, FAULTS_SHOWN)
    .map((fault, index): Content[] => [
      String(index + 1),
      clip(faultName(fault), 80),
      formatMs(fault.at_ms),
      fault.healed_ms === null ? 'not healed' : formatMs(fault.healed_ms),
      bitMarkup(fault),
      clip(fault.evidence, 300),
      healingSentence(healing.get(fault)),
    ]);
  const columns = [
    { title: '', numeric: true },
    { title: 'fault' },
    { title: 'at', numeric: true },
    { title: 'healed', numeric: true },
    { title: 'on the wire' },
    { title: 'what showed it' },
    { title: 'after it' },
  ];
  const cut = result.faults.length - rows.length;
  return html`${tableMarkup(faultsSentence(result.faults), columns, rows)}${cut > 0 ? html`<p class="note">${formatCount(cut)} more in result.json.</p>` : null}`;
}

/** null where the run was no load run and injected nothing. */
export function loadMarkup(result: RunResult): Markup | null {
  const faults = faultsMarkup(result);
  const { load } = result;
  if (load === null) return faults;
  return html`<p class="lead">
      <b>${clip(load.scenario, 80)}</b>: ${plural(load.deliveries, 'delivery', 'deliveries')} of
      ${plural(load.acknowledged, 'acknowledged event')} in ${formatMs(load.duration_ms)}.
    </p>
    <div class="pairs">${phases(load)} ${worst(load)}</div>
    ${faults}`;
}
