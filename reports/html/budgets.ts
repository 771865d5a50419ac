/** Budgets with their margins, each with a bar whose mark is the limit. */
import type { RunResult } from '../../harness/result.ts';
import { clip } from '../printable.ts';
import { budgetsOf, type Budget } from '../verdict.ts';
import { html, px, type Markup } from './markup.ts';

const BAR = 100;
/** The limit stands at this part of the bar; what is over it has the rest. */
const LIMIT_AT = 0.8;

function bar({ share, state }: Budget): Markup | null {
  if (share === null) return null;
  const filled = Math.min(share * LIMIT_AT, 1) * BAR;
  return html`<svg class="bar" viewBox="0 0 ${BAR} 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="${BAR * LIMIT_AT}" height="6" />
    <rect class="fill ${state}" width="${px(Math.max(filled, 0.8))}" height="6" />
    <rect class="limit" x="${BAR * LIMIT_AT}" width="0.9" height="6" />
  </svg>`;
}

export function budgetsMarkup(result: RunResult): Markup | null {
  if (result.thresholds.length === 0) return null;
  const budgets = budgetsOf(result);
  const rows = budgets.slice(0, 60).map((budget) => {
    return html`<li class="${budget.state}">
      <span class="lamp" aria-hidden="true">${budget.symbol}</span>
      <code>${clip(budget.threshold.expression, 120)}</code>
      <span class="value">${budget.value}</span>
      <span class="margin">${budget.margin}</span>
      ${bar(budget)}
    </li>`;
  });
  const held = budgets.filter(({ state }) => state === 'held').length;
  return html`<section class="budgets" aria-labelledby="budgets">
    <h2 id="budgets">Budgets <span class="count">${held} of ${budgets.length} held</span></h2>
    <ul>
      ${rows}
    </ul>
  </section>`;
}
