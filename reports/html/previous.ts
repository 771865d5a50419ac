/** What changed since the run this one is compared with. */
import type { RunResult } from '../../harness/result.ts';
import { compareRuns } from '../comparison.ts';
import { OUTCOME_LABELS } from '../format.ts';
import { clip } from '../printable.ts';
import { coverageSentence } from '../narrative.ts';
import { anchorOf, outcomeMarkup } from './check-anchor.ts';
import { html, type Content, type Markup } from './markup.ts';
import { tableMarkup } from './table.ts';

const ROWS_SHOWN = 200;

function growth(value: number | null): string {
  if (value === null) return '';
  return `${value > 0 ? '+' : '−'}${Math.abs(value * 100).toFixed(0)} %`;
}

export function previousMarkup(result: RunResult, previous: RunResult | undefined): Markup | null {
  if (previous === undefined) return null;
  const comparison = compareRuns(previous, result);
  if (comparison === null) return null;
  const { outcomes, gone, values } = comparison;
  const outcomeRows = outcomes
    .slice(0, ROWS_SHOWN)
    .map(({ check, before }): Content[] => [
      html`<a href="#${anchorOf(check)}">${check.id}</a>`,
      before === null ? 'not in that run' : OUTCOME_LABELS[before].word,
      outcomeMarkup(check.outcome),
    ]);
  const valueRows = values
    .slice(0, ROWS_SHOWN)
    .map(({ name, before, after, growth: ratio }): Content[] => [
      html`<code>${clip(name, 120)}</code>`,
      before,
      after,
      growth(ratio),
    ]);
  const columns = (first: string, last: string) => [{ title: first }, { title: 'before' }, { title: last }];
  return html`<p class="lead">
      Compared with <b>${clip(previous.manifest.run_id, 80)}</b> (${previous.manifest.started_at}, seed
      ${previous.manifest.seed}): ${coverageSentence(previous)} then.
    </p>
    ${outcomes.length + values.length + gone.length === 0 ? html`<p class="note">Nothing changed.</p>` : null}
    ${outcomeRows.length === 0 ? null : tableMarkup('Outcomes that changed', columns('check', 'now'), outcomeRows)}
    ${
      valueRows.length === 0
        ? null
        : tableMarkup(
            'Values that changed',
            [
              { title: 'value' },
              { title: 'before', numeric: true },
              { title: 'now', numeric: true },
              { title: 'change', numeric: true },
            ],
            valueRows,
          )
    }
    ${gone.length === 0 ? null : html`<p class="note">No longer run: ${clip(gone.join(', '), 2_000)}</p>`}`;
}
