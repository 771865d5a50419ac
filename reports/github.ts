/** GitHub Actions: workflow commands that annotate the run, and the text of its step summary. */
import type { CheckResult, RunResult } from '../harness/result.ts';
import { rowsOf } from './analysis.ts';
import type { ReportContext } from './context.ts';
import { renderMarkdown } from './markdown.ts';
import { clip, printableLines } from './printable.ts';
import { budgetsOf, rerunCommand, standingOf, verdictOf } from './verdict.ts';

/** GitHub shows ten annotations of a kind per step; the last one counts what is left out. */
const ANNOTATIONS_PER_KIND = 10;
const MESSAGE_LIMIT = 2_000;
/** GitHub refuses a step summary of more than 1 MiB. */
const SUMMARY_BYTES = 1_000_000;

type Kind = 'error' | 'warning' | 'notice';

interface Annotation {
  readonly kind: Kind;
  readonly title: string;
  readonly message: string;
}

/** A message of a workflow command. Line breaks would start a new command, so they travel as escapes. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A property, which also ends at `,` and `:`. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function command({ kind, title, message }: Annotation): string {
  const oneTitle = clip(printableLines(title).replaceAll('\n', ' '), 200);
  // `##[` is the older command prefix, which the runner looks for anywhere in a line.
  const safe = (text: string) => text.replaceAll('##[', '#\u200b#[');
  return `::${kind} title=${safe(escapeProperty(oneTitle))}::${safe(escapeData(clip(printableLines(message), MESSAGE_LIMIT)))}`;
}

function checkAnnotation(check: CheckResult, context: ReportContext): Annotation[] {
  const standing = standingOf(check);
  if (standing === 'none' || standing === 'expected') return [];
  const requirement = rowsOf(check, context.rows).map((row) => `${row.id} ${row.text}`);
  const lines = [
    `Requirement: ${requirement.join(' · ')}`,
    `Expected: ${check.expected ?? '–'}`,
    `Observed: ${check.observed ?? '–'}`,
    ...(standing === 'unexpected-pass' ? ['It holds: take its entry out of the expected-failures file.'] : []),
    ...(check.replay === null ? [] : [`Replay: ${check.replay}`]),
  ];
  return [
    {
      kind: standing === 'warning' ? 'warning' : 'error',
      title: [...check.rows, check.id].join(' '),
      message: lines.join('\n'),
    },
  ];
}

function budgetAnnotations(result: RunResult): Annotation[] {
  return budgetsOf(result).flatMap(({ threshold, state, value, limit, margin }): Annotation[] => {
    const title = `Budget ${threshold.expression}`;
    if (state === 'breached') return [{ kind: 'error', title, message: `${value}, the limit is ${limit} (${margin})` }];
    if (state === 'void') return [{ kind: 'warning', title, message: `${value}; ${margin}` }];
    return state === 'no-samples' ? [{ kind: 'warning', title, message: 'no samples, so nothing can be said' }] : [];
  });
}

function bounded(annotations: readonly Annotation[], kind: Kind): readonly Annotation[] {
  const list = annotations.filter((annotation) => annotation.kind === kind);
  if (list.length <= ANNOTATIONS_PER_KIND) return list;
  const rest = list.slice(ANNOTATIONS_PER_KIND - 1);
  const title = `${rest.length} more`;
  return [
    ...list.slice(0, ANNOTATIONS_PER_KIND - 1),
    { kind, title, message: rest.map((more) => more.title).join('\n') },
  ];
}

/** The workflow commands, to be printed to standard output. The headline comes first. */
export function renderGithub(result: RunResult, context: ReportContext): string {
  const { word, sentence } = verdictOf(result);
  const headline: Annotation = {
    kind: result.exit_code === 0 ? 'notice' : 'error',
    title: `streamproof: ${word}`,
    message: [sentence, ...result.exit_reasons, `Again: ${rerunCommand(result)}`].join('\n'),
  };
  const annotations = [
    headline,
    ...budgetAnnotations(result),
    ...result.checks.flatMap((check) => checkAnnotation(check, context)),
  ];
  const kinds: readonly Kind[] = ['error', 'warning', 'notice'];
  return kinds.flatMap((kind) => bounded(annotations, kind).map((annotation) => `${command(annotation)}\n`)).join('');
}

/** Markdown for the file that `GITHUB_STEP_SUMMARY` names; cut between two headings where GitHub would refuse it. */
export function renderStepSummary(result: RunResult, context: ReportContext): string {
  const kept: string[] = [];
  let bytes = 0;
  for (const part of renderMarkdown(result, context).split(/\n\n(?=#{2,4} )/)) {
    bytes += Buffer.byteLength(part) + 2;
    if (bytes > SUMMARY_BYTES)
      return `${kept.join('\n\n')}\n\nThe summary is cut here; the report page has the rest.\n`;
    kept.push(part);
  }
  return kept.join('\n\n');
}
