/** The first screen: the verdict in a sentence, budgets, the one chart, counts and coverage, and how to run it again. */
import { OUTCOMES, type RunResult } from '../../harness/result.ts';
import { countOutcomes, isLoadAlone } from '../analysis.ts';
import type { ReportContext } from '../context.ts';
import { formatCount, formatMs, OUTCOME_LABELS, plural } from '../format.ts';
import { coverageSentence, toleratedSentence, coverageCauses } from '../narrative.ts';
import { clip } from '../printable.ts';
import { rerunCommand, verdictOf } from '../verdict.ts';
import { budgetsMarkup } from './budgets.ts';
import { commandMarkup } from './failures.ts';
import { latencyChart } from './latency-chart.ts';
import { html, type Content, type Markup } from './markup.ts';
import { stripMarkup } from './strip.ts';

const CAUSES_SHOWN = 5;

function verdict(result: RunResult): Markup {
  const { tone, symbol, word, sentence, exit_code } = verdictOf(result);
  // The headline tells the first one already.
  const untold = result.exit_reasons.filter((reason) => !sentence.includes(reason));
  const reasons = exit_code === 0 ? [] : untold.slice(0, 6);
  return html`<div class="verdict ${tone}">
    <p class="word">
      <span class="seal" aria-hidden="true">${symbol}</span> ${word} <span class="exit">exit ${exit_code}</span>
    </p>
    <h1>
      ${clip(
        sentence.replace(/^[a-z](?=[a-z]+ )/, (letter) => letter.toUpperCase()),
        400,
      )}
    </h1>
    ${
      reasons.length === 0
        ? null
        : html`<ul class="reasons">
            ${reasons.map((reason) => html`<li>${clip(reason, 200)}</li>`)}
          </ul>`
    }
  </div>`;
}

function counts(result: RunResult): Markup {
  const numbers = countOutcomes(result.checks);
  const tolerated = toleratedSentence(result);
  const items = OUTCOMES.filter((outcome) => numbers[outcome] > 0 || outcome === 'pass' || outcome === 'fail').map(
    (outcome) =>
      html`<li class="${outcome}">
        <span class="cell ${outcome}${numbers[outcome] === 0 ? ' none' : ''}" aria-hidden="true"
          >${outcome === 'pass' ? '' : OUTCOME_LABELS[outcome].symbol}</span
        >
        <b>${formatCount(numbers[outcome])}</b>
        ${OUTCOME_LABELS[outcome].word}${outcome === 'fail' && tolerated !== '' ? ` (${tolerated})` : ''}
      </li>`,
  );
  return html`<ul class="counts">
    ${items}
  </ul>`;
}

function causeList(lead: string, causes: readonly string[]): Markup | null {
  if (causes.length === 0) return null;
  const shown = causes.slice(0, CAUSES_SHOWN).map((line) => html`<li>${clip(line, 160)}</li>`);
  const more = causes.length - shown.length;
  return html`<p>${lead}</p>
    <ul>
      ${shown}${more > 0 ? html`<li>and ${plural(more, 'more cause')} below</li>` : null}
    </ul>`;
}

function coverage(result: RunResult, context: ReportContext): Markup {
  const { rest, uncounted } = coverageCauses(result, context.rows);
  return html`<div class="coverage">
    <p><b>${coverageSentence(result)}.</b></p>
    ${causeList('The rest: ', rest)} ${causeList('Not counted: ', uncounted)}
  </div>`;
}

/** How many requirements were observed is no question to a load: its checks are the oracle's. */
function overview(result: RunResult, context: ReportContext): Markup {
  const [title, below] = isLoadAlone(result) ? ['Oracle', null] : ['Requirements', coverage(result, context)];
  return html`<section class="overview" aria-labelledby="overview">
    <h2 id="overview">${title}</h2>
    ${counts(result)} ${stripMarkup(result.checks)} ${below}
  </section>`;
}

function fact(name: string, value: Content): Markup {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function facts(result: RunResult): Markup {
  const { target, seed } = result.manifest;
  return html`<dl class="run">
    ${fact('Target', html`<b>${clip(target.name, 60)}</b> ${clip(target.url, 120)}`)}
    ${fact('Instances', target.instances === 0 ? 'unknown' : formatCount(target.instances))}
    ${fact('Seed', String(seed))} ${fact('Took', formatMs(result.duration_ms))}
    ${result.load === null ? null : fact('Delivered', plural(result.load.deliveries, 'event'))}
    ${fact('Run it again', commandMarkup(rerunCommand(result)))}
  </dl>`;
}

/** A pointer to the server with one known bug, where the run has one beside it. */
function besideLine({ beside }: RunResult): Markup | null {
  if (beside === null) return null;
  const red = beside.result.checks.filter((check) => check.outcome === 'fail').length;
  return html`<p class="pointer">
    <a href="#beside">The same checks against a server with one known bug</a>: ${plural(red, 'red row')},
    ${clip(beside.title, 120)}.
  </p>`;
}

export function summaryMarkup(result: RunResult, context: ReportContext): Markup {
  const chart = latencyChart(result);
  const budgets = budgetsMarkup(result);
  const instruments =
    chart === null && budgets === null
      ? null
      : html`<div class="instruments${chart === null || budgets === null ? ' single' : ''}">${chart}${budgets}</div>`;
  return html`<section id="summary" class="summary" aria-label="Summary">
    ${verdict(result)} ${besideLine(result)} ${instruments} ${overview(result, context)} ${facts(result)}
  </section>`;
}
