/** How the page links to checks and requirements. */
import type { CheckResult, Outcome } from '../../harness/result.ts';
import { OUTCOME_LABELS } from '../format.ts';
import { STANDING_TITLES } from '../narrative.ts';
import { standingOf } from '../verdict.ts';
import { html, type Markup } from './markup.ts';

/** `#check-<id>`; the page's script also opens the bare `#<id>`. A panel beside the run has a prefix of its own. */
export function anchorOf(check: CheckResult, prefix = ''): string {
  return `${prefix}check-${check.id}`;
}

/** Symbol and word, never a colour alone. */
export function outcomeMarkup(outcome: Outcome): Markup {
  const { symbol, word } = OUTCOME_LABELS[outcome];
  return html`<span class="outcome ${outcome}"><span class="lamp" aria-hidden="true">${symbol}</span> ${word}</span>`;
}

/** A square of the requirement strip. */
export function cellMarkup(check: CheckResult, prefix = ''): Markup {
  const { symbol, word } = OUTCOME_LABELS[check.outcome];
  const standing = standingOf(check);
  const tolerated = standing === 'warning' || standing === 'expected';
  const label = `${check.rows.join(', ')} ${check.id}: ${word}${tolerated ? ` (${STANDING_TITLES[standing]})` : ''}`;
  const look = tolerated ? standing : check.outcome;
  return html`<a class="cell ${look}" href="#${anchorOf(check, prefix)}" title="${label}" aria-label="${label}"
    ><span aria-hidden="true">${check.outcome === 'pass' ? '' : symbol}</span></a
  >`;
}
