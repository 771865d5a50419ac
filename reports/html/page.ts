/** `report.html`: thirty seconds at the top, five minutes below it, an hour below that. One file, no network. */
import type { RunResult } from '../../harness/result.ts';
import { isOracleCheck } from '../analysis.ts';
import type { ReportContext } from '../context.ts';
import { clip } from '../printable.ts';
import { verdictOf } from '../verdict.ts';
import { Allowance } from './allowance.ts';
import { besideMarkup } from './beside.ts';
import { configurationMarkup } from './configuration.ts';
import { documentOf } from './document.ts';
import { exchangesMarkup, samplingNote } from './exchanges.ts';
import { failuresMarkup } from './failures.ts';
import { loadMarkup } from './load.ts';
import { html, type Markup } from './markup.ts';
import { matrixMarkup } from './matrix.ts';
import { measurementsMarkup } from './measurements.ts';
import { oracleMarkup } from './oracle.ts';
import { previousMarkup } from './previous.ts';
import { summaryMarkup } from './summary.ts';

interface Chapter {
  readonly id: string;
  readonly title: string;
  /** null: there is nothing to say, so the chapter is left out. */
  readonly content: Markup | null;
}

function chapters(result: RunResult, context: ReportContext): readonly Chapter[] {
  // In this order: whoever takes room first has it, and failures matter most.
  const allowance = new Allowance();
  const failures = failuresMarkup(result.checks, { context, allowance });
  const beside = besideMarkup(result, context, allowance);
  const asked = result.checks.filter((check) => !isOracleCheck(check));
  const exchanges = exchangesMarkup(asked, allowance);
  const note = samplingNote(allowance);
  return [
    { id: 'failures', title: 'Failures', content: failures },
    { id: 'beside', title: 'Beside it', content: beside },
    { id: 'load', title: result.load === null ? 'Faults' : 'Load and faults', content: loadMarkup(result) },
    { id: 'oracle', title: 'Oracle', content: oracleMarkup(result, context) },
    { id: 'requirements', title: 'Requirements', content: matrixMarkup(result, context) },
    { id: 'exchanges', title: 'Exchanges', content: exchanges === null ? note : html`${note}${exchanges}` },
    { id: 'measurements', title: 'Measurements', content: measurementsMarkup(result) },
    { id: 'previous', title: 'Since the previous run', content: previousMarkup(result, context.previous) },
    { id: 'configuration', title: 'Configuration', content: configurationMarkup(result) },
  ];
}

function chapterMarkup({ id, title, content }: Chapter): Markup {
  return html`<section class="chapter" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title"><a href="#${id}">${title}</a></h2>
    ${content}
  </section>`;
}

export function renderPage(result: RunResult, context: ReportContext): string {
  const shown = chapters(result, context).filter(({ content }) => content !== null);
  const { symbol, word } = verdictOf(result);
  const { manifest } = result;
  const body = html`<a class="skip" href="#main">Skip to the verdict</a>
    <header class="masthead">
      <span class="brand">streamproof</span>
      <nav aria-label="Chapters">
        <ul>
          ${shown.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
      </nav>
      <time datetime="${manifest.started_at}">${manifest.started_at.slice(0, 16).replace('T', ' ')} UTC</time>
    </header>
    <main id="main">${summaryMarkup(result, context)} ${shown.map(chapterMarkup)}</main>
    <footer>streamproof ${manifest.streamproof_version} · run ${clip(manifest.run_id, 80)}</footer>`;
  return documentOf(`${symbol} ${word}: ${clip(manifest.target.name, 60)} · streamproof`, body);
}
