/** Failures by cause: what was required, expected and observed, how to mend it, and the bytes that show it. */
import type { CheckResult } from '../../harness/result.ts';
import { failureGroups, mendingOf, rowsOf, type FailureGroup } from '../analysis.ts';
import type { ReportContext } from '../context.ts';
import { formatCount } from '../format.ts';
import { repeatsSentence, STANDING_TITLES } from '../narrative.ts';
import { clip } from '../printable.ts';
import { witnessTest } from '../transcript-text.ts';
import type { Allowance } from './allowance.ts';
import { anchorOf } from './check-anchor.ts';
import { html, prose, type Content, type Markup } from './markup.ts';
import { transcriptMarkup } from './transcript.ts';
import { waterfallMarkup } from './waterfall.ts';

const TEXT_LIMIT = 3_000;
const TRANSCRIPT_LINES = 160;
/** Beyond this many failures the rest are listed by name. */
const FAILURES_SHOWN = 120;

export interface FailuresOptions {
  readonly context: ReportContext;
  readonly allowance: Allowance;
  /** Of the anchors; a panel beside the run has its own. */
  readonly prefix?: string;
}

function fact(name: string, value: Content): Markup {
  return html`<div class="fact">
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

export function commandMarkup(command: string): Markup {
  return html`<span class="command"
    ><code>${clip(command, TEXT_LIMIT)}</code><button type="button" class="copy" hidden>copy</button></span
  >`;
}

function requirements(check: CheckResult, { rows }: ReportContext): Markup[] {
  const known = rowsOf(check, rows);
  if (known.length === 0) return [fact('Requirement', check.rows.join(', '))];
  return known.map((row) =>
    fact(
      'Requirement',
      html`<a href="#${row.id}">${row.id}</a> <span class="level">${row.level}</span> ${prose(row.text)}`,
    ),
  );
}

function evidence(check: CheckResult): Markup | null {
  const facts = Object.entries(check.evidence);
  if (facts.length === 0) return null;
  const shown = facts.slice(0, 40).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return html`<span class="pair"><span>${clip(key, 80)}</span> <code>${clip(text, 400)}</code></span>`;
  });
  return fact('Evidence', shown);
}

function wires(check: CheckResult, allowance: Allowance): Markup | null {
  const observed = transcriptMarkup(check.transcript, allowance, {
    label: 'Observed on the wire',
    limit: TRANSCRIPT_LINES,
    isWitness: witnessTest(check),
  });
  const reference = transcriptMarkup(check.reference_transcript ?? [], allowance, {
    label: 'The same with the healthy reference',
    limit: TRANSCRIPT_LINES,
  });
  if (observed === null && reference === null) return null;
  const note =
    check.reference_note === undefined
      ? null
      : html`<p class="note">Not shown with a healthy reference: ${clip(check.reference_note, TEXT_LIMIT)}</p>`;
  return html`<div class="wires">${observed}${reference}</div>
    ${note}`;
}

function failureMarkup(
  check: CheckResult,
  group: FailureGroup,
  { context, allowance, prefix }: FailuresOptions,
): Markup {
  const known = group.standing === 'expected' || group.standing === 'unexpected-pass';
  const facts = [
    ...requirements(check, context),
    check.expected === null ? null : fact('Expected', clip(check.expected, TEXT_LIMIT)),
    check.observed === null
      ? null
      : fact('Observed', html`<span class="observed">${clip(check.observed, TEXT_LIMIT)}</span>`),
    known ? fact('Listed as', `expected failure: ${check.expected_failure ?? ''}`) : null,
    evidence(check),
    ...mendingOf(check, context.rows).map(([where, how]) =>
      fact(where === 'any' ? 'Mend' : `Mend in ${where}`, prose(how)),
    ),
    check.repeats === null ? null : fact('Repeats', repeatsSentence(check)),
    check.replay === null ? null : fact('Replay', commandMarkup(check.replay)),
    check.curl === null ? null : fact('curl', commandMarkup(check.curl)),
  ];
  return html`<article class="finding ${group.standing}" id="${anchorOf(check, prefix)}" tabindex="-1">
    <h4><a href="#${anchorOf(check, prefix)}">${check.id}</a></h4>
    <dl class="facts">${facts}</dl>
    ${waterfallMarkup(check.waterfall)}${wires(check, allowance)}
  </article>`;
}

/** null when every check held. */
export function failuresMarkup(checks: readonly CheckResult[], options: FailuresOptions): Markup | null {
  const groups = failureGroups(checks);
  if (groups.length === 0) return null;
  let room = FAILURES_SHOWN;
  const blocks = groups.map((group) => {
    const shown = group.checks.slice(0, room);
    const rest = group.checks.slice(shown.length);
    room -= shown.length;
    const more =
      rest.length === 0
        ? null
        : html`<p class="note">
            ${formatCount(rest.length)} more of this cause, in result.json:
            ${clip(rest.map((check) => check.id).join(', '), TEXT_LIMIT)}
          </p>`;
    return html`<section class="cause">
      <h3>
        <span class="standing ${group.standing}">${STANDING_TITLES[group.standing]}</span> ${clip(group.title, 300)}
        <span class="count">${formatCount(group.checks.length)}</span>
      </h3>
      ${shown.map((check) => failureMarkup(check, group, options))}${more}
    </section>`;
  });
  return html`${blocks}`;
}
