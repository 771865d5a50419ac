/** Every report a run can be written as: the name on the command line, and the function behind it. */
import type { Reporter } from './context.ts';
import { renderGithub } from './github.ts';
import { renderPage } from './html/page.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTap } from './tap.ts';
import { renderTerminal } from './terminal.ts';

export type { Reporter, ReportContext } from './context.ts';
export { parseKillMatrix, type KillMatrix } from './kill-matrix.ts';
export { renderStepSummary } from './github.ts';
export { parseResult } from './result-schema.ts';

export type ReporterName = 'terminal' | 'tap' | 'junit' | 'json' | 'html' | 'markdown' | 'github';

export const REPORTERS: Readonly<Record<ReporterName, Reporter>> = {
  terminal: renderTerminal,
  tap: renderTap,
  junit: renderJunit,
  json: renderJson,
  html: renderPage,
  markdown: renderMarkdown,
  github: renderGithub,
};
