/** A second run beside this one: the same checks against a server with one known bug, so that one sees red too. */
import type { RunResult } from '../../harness/result.ts';
import type { ReportContext } from '../context.ts';
import { countsSentence } from '../narrative.ts';
import { clip } from '../printable.ts';
import { verdictOf } from '../verdict.ts';
import type { Allowance } from './allowance.ts';
import { exchangesMarkup } from './exchanges.ts';
import { failuresMarkup } from './failures.ts';
import { html, type Markup } from './markup.ts';
import { stripMarkup } from './strip.ts';

const PREFIX = 'beside-';

export function besideMarkup({ beside }: RunResult, context: ReportContext, allowance: Allowance): Markup | null {
  if (beside === null) return null;
  const { title, result } = beside;
  const { sentence, word } = verdictOf(result);
  const failures = failuresMarkup(result.checks, { context, allowance, prefix: PREFIX });
  const rest = exchangesMarkup(result.checks, allowance, PREFIX);
  return html`<p class="lead">The same checks against a server with one known bug: <b>${clip(title, 300)}</b></p>
    <p class="besides">
      <span class="standing failure">${word.toLowerCase()}</span> ${clip(sentence, 400)} · ${countsSentence(result)}.
    </p>
    ${stripMarkup(result.checks, PREFIX)} ${failures}
    ${
      rest === null
        ? null
        : html`<details class="json">
            <summary>Its other checks</summary>
            ${rest}
          </details>`
    }`;
}
