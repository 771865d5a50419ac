/** What the oracle saw of a load: each invariant with its verdict, and the requirements that it bears on. */
import type { CheckResult, RunResult } from '../../harness/result.ts';
import type { RowId } from '../../spec/row.ts';
import { causeOf, isOracleCheck } from '../analysis.ts';
import type { ReportContext } from '../context.ts';
import { clip } from '../printable.ts';
import { standingOf } from '../verdict.ts';
import { anchorOf, outcomeMarkup } from './check-anchor.ts';
import { html, type Content, type Markup } from './markup.ts';
import { tableMarkup } from './table.ts';

const COLUMNS = ['verdict', 'invariant', 'check', 'requirements it bears on'].map((title) => ({ title }));

/** Failures stand further up with their evidence; the others have their place here. */
function isFinding(check: CheckResult): boolean {
  return standingOf(check) !== 'none';
}

function invariant(check: CheckResult): Markup {
  const { name } = check.evidence;
  const why = check.outcome === 'pass' ? '' : causeOf(check);
  return html`${clip(typeof name === 'string' ? name : '', 200)}
  ${why === '' ? null : html`<span class="soft">· ${clip(why, 200)}</span>`}`;
}

function requirements({ rows }: CheckResult, known: ReadonlySet<RowId>): Markup[] {
  return rows.map((id) => (known.has(id) ? html`<a href="#${id}">${id}</a> ` : html`${id} `));
}

/** null where no oracle watched. */
export function oracleMarkup({ checks }: RunResult, { rows }: ReportContext): Markup | null {
  const verdicts = checks.filter(isOracleCheck);
  if (verdicts.length === 0) return null;
  const known = new Set(rows.map(({ id }) => id));
  const lines = verdicts.map((check): Content[] => [
    outcomeMarkup(check.outcome),
    invariant(check),
    isFinding(check) ? html`<a href="#${anchorOf(check)}">${check.id}</a>` : check.id,
    requirements(check, known),
  ]);
  const anchors = verdicts.map((check) => (isFinding(check) ? null : anchorOf(check)));
  return tableMarkup('Each invariant, over the whole load', COLUMNS, lines, anchors);
}
