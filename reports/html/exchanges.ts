/** Every check that did not fail, with what went over the wire. Failed ones stand further up with theirs. */
import type { CheckResult } from '../../harness/result.ts';
import { causeOf } from '../analysis.ts';
import { formatCount, formatMs } from '../format.ts';
import { repeatsSentence } from '../narrative.ts';
import { clip } from '../printable.ts';
import { standingOf } from '../verdict.ts';
import type { Allowance } from './allowance.ts';
import { anchorOf, outcomeMarkup } from './check-anchor.ts';
import { commandMarkup } from './failures.ts';
import { html, type Markup } from './markup.ts';
import { transcriptMarkup } from './transcript.ts';

const TRANSCRIPT_LINES = 40;

function checkMarkup(check: CheckResult, allowance: Allowance, prefix: string): Markup {
  const cause = check.outcome === 'pass' ? '' : causeOf(check);
  const observed = check.outcome === 'pass' || check.observed === cause ? '' : (check.observed ?? '');
  const parts = [cause, observed, repeatsSentence(check)];
  const notes = parts.filter((part) => part !== '').map((part) => html`<p>${clip(part, 1_000)}</p>`);
  const transcript = transcriptMarkup(check.transcript, allowance, { label: 'On the wire', limit: TRANSCRIPT_LINES });
  return html`<details class="check" id="${anchorOf(check, prefix)}" data-outcomes="${check.outcome}">
    <summary>
      ${outcomeMarkup(check.outcome)} <span class="name">${check.id}</span>
      <span class="soft">${check.rows.join(', ')}</span> <span class="took">${formatMs(check.duration_ms)}</span>
    </summary>
    ${notes} ${check.replay === null ? null : commandMarkup(check.replay)} ${transcript}
  </details>`;
}

export function exchangesMarkup(checks: readonly CheckResult[], allowance: Allowance, prefix = ''): Markup | null {
  const quiet = checks.filter((check) => standingOf(check) === 'none');
  if (quiet.length === 0) return null;
  return html`<div class="checks">${quiet.map((check) => checkMarkup(check, allowance, prefix))}</div>`;
}

/** What of all transcripts the page shows; null when there were none. */
export function samplingNote({ shown, total }: Allowance): Markup | null {
  if (total === 0) return null;
  const text =
    shown === total
      ? `All ${formatCount(total)} transcript lines are on this page.`
      : `Transcripts are sampled: ${formatCount(shown)} of ${formatCount(total)} lines are on this page, so that it stays small. result.json has all of them.`;
  return html`<p class="note">${text}</p>`;
}
