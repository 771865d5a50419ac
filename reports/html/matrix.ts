/** Every requirement by section: what it says and where it comes from, which checks judged it, and who proves them. */
import type { CheckResult, RunResult } from '../../harness/result.ts';
import { SECTIONS, sectionOf, type Row } from '../../spec/row.ts';
import { causeOf, checksByRow, isLoadAlone } from '../analysis.ts';
import type { ReportContext } from '../context.ts';
import { groupBy } from '../group-by.ts';
import { clip } from '../printable.ts';
import { anchorOf, outcomeMarkup } from './check-anchor.ts';
import { html, prose, type Markup } from './markup.ts';

function judged(checks: readonly CheckResult[], row: Row): Markup | Markup[] {
  if (checks.length > 0) {
    return checks.map((check) => {
      const why = check.outcome === 'pass' || check.reason === null ? '' : causeOf(check);
      return html`<span class="judged">
        ${outcomeMarkup(check.outcome)} <a href="#${anchorOf(check)}">${check.id}</a>
        ${why === '' ? null : html`<span class="soft">${clip(why, 120)}</span>`}
      </span>`;
    });
  }
  const text = row.excluded === undefined ? 'not part of this run' : `no check: ${row.excluded}`;
  return html`<span class="soft">${text}</span>`;
}

function mutantsOf(checks: readonly CheckResult[], { kill_matrix }: ReportContext): Markup | null {
  const names = [...new Set(checks.flatMap((check) => kill_matrix?.killed[check.id] ?? []))];
  if (names.length === 0) return checks.length === 0 ? null : html`<span class="soft">none</span>`;
  return html`<span class="mutants">${names.slice(0, 12).map((name) => html`<code>${name}</code> `)}</span>`;
}

function rowMarkup(row: Row, checks: readonly CheckResult[], context: ReportContext, mutantColumn: boolean): Markup {
  const outcomes = checks.length === 0 ? 'not-run' : [...new Set(checks.map((check) => check.outcome))].join(' ');
  return html`<tr id="${row.id}" data-outcomes="${outcomes}" tabindex="-1">
    <th scope="row"><a href="#${row.id}">${row.id}</a> <span class="level">${row.level}</span></th>
    <td class="requirement">
      ${prose(row.text)}
      <span class="why">${prose(row.why)} <span class="source">${row.source.join(' · ')}</span></span>
    </td>
    <td>${judged(checks, row)}</td>
    ${mutantColumn ? html`<td>${mutantsOf(checks, context)}</td>` : null}
  </tr>`;
}

const FILTERS = [
  ['', 'all'],
  ['fail', 'failed'],
  ['inconclusive', 'inconclusive'],
  ['not-observed', 'not observed'],
  ['not-applicable', 'not applicable'],
  ['pass', 'passed'],
] as const;

/** Shown by the page's script, without which it could do nothing. */
function filterBar(): Markup {
  const options = FILTERS.map(([value, name]) => html`<option value="${value}">${name}</option>`);
  return html`<form class="filter" role="search" hidden>
    <label>Filter <input type="search" id="filter" autocomplete="off" placeholder="id, words, source, mutant" /></label>
    <label
      >Outcome
      <select id="outcome">
        ${options}
      </select></label
    >
    <output id="filtered" aria-live="polite"></output>
  </form>`;
}

/** How far it is proved that the checks can fail. */
function proofNote({ kill_matrix }: ReportContext): Markup | null {
  if (kill_matrix === undefined) return null;
  return html`<p class="note">${clip(kill_matrix.line, 300)}${kill_matrix.complete ? '' : ' (not complete)'}</p>`;
}

export function matrixMarkup(result: RunResult, context: ReportContext): Markup | null {
  const citing = checksByRow(result.checks);
  // A load asks for no requirement: those that its oracle saw nothing of say nothing. No mutant proves an oracle.
  const loadAlone = isLoadAlone(result);
  const shown = loadAlone ? context.rows.filter(({ id }) => citing.has(id)) : context.rows;
  if (shown.length === 0) return null;
  const mutantColumn = context.kill_matrix !== undefined && !loadAlone;
  const sections = [...groupBy(shown, (row) => sectionOf(row.id))].map(
    ([section, rows]) =>
      html`<tbody>
        <tr class="section">
          <th colspan="${mutantColumn ? 4 : 3}" scope="colgroup"><b>${section}</b> ${SECTIONS[section]}</th>
        </tr>
        ${rows.map((row) => rowMarkup(row, citing.get(row.id) ?? [], context, mutantColumn))}
      </tbody>`,
  );
  return html`${loadAlone ? null : proofNote(context)} ${filterBar()}
    <table class="matrix">
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">Requirement</th>
          <th scope="col">Judged by</th>
          ${mutantColumn ? html`<th scope="col">Proved by mutants</th>` : null}
        </tr>
      </thead>
      ${sections}
    </table>`;
}
