/** GitHub-flavoured Markdown: `summary.md`, step summaries, pull-request comments. */
import type { CheckResult, RunResult } from '../harness/result.ts';
import { bySection, failureGroups, mendingOf, rowsOf } from './analysis.ts';
import type { ReportContext } from './context.ts';
import { formatCount, formatMs, OUTCOME_LABELS } from './format.ts';
import {
  countsSentence,
  coverageSentence,
  faultName,
  faultsSentence,
  healingOf,
  healingSentence,
  STANDING_TITLES,
  coverageCauses,
} from './narrative.ts';
import { clip, printable } from './printable.ts';
import { referenceText, transcriptText } from './transcript-text.ts';
import { budgetsOf, rerunCommand, verdictOf } from './verdict.ts';

const TRANSCRIPT_LINES = 40;
const TEXT_LIMIT = 1_000;

/** Plain text: no mark-up, no HTML, no autolink, no mention (an empty comment keeps `@` from its name). */
export function escapeMarkdown(text: string): string {
  return clip(printable(text), TEXT_LIMIT)
    .replace(/[\\`*_{}[\]<>#|~&$]|^[-+=]|:(?=\/)|(?<=www)\./gi, '\\$&')
    .replaceAll('@', '@<!-- -->');
}

/** A code span that its content cannot leave. */
function code(text: string): string {
  const safe = clip(printable(text), TEXT_LIMIT);
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return safe === '' ? '' : `${fence} ${safe} ${fence}`;
}

/** The same in a table, where a pipe would end the cell; anywhere else its backslash would show. */
function codeCell(text: string): string {
  return code(text).replaceAll('|', '\\|');
}

function codeBlock(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function budgets(result: RunResult): string[] {
  if (result.thresholds.length === 0) return [];
  const rows = budgetsOf(result).map(({ threshold, symbol, value, limit, margin }) => {
    return [symbol, codeCell(threshold.expression), value, limit, margin];
  });
  return ['### Budgets', table(['', 'Budget', 'Value', 'Limit', 'Margin'], rows)];
}

function sections(result: RunResult): string[] {
  if (result.checks.length === 0) return [];
  const head = ['Section', ...Object.values(OUTCOME_LABELS).map(({ word }) => word)];
  const rows = bySection(result.checks).map(({ section, title, counts }) => [
    `${section ?? ''} ${title}`.trim(),
    ...Object.values(counts).map((count) => (count === 0 ? '' : formatCount(count))),
  ]);
  return ['### Requirements', table(head, rows)];
}

function failure(check: CheckResult, context: ReportContext): string {
  const requirement = rowsOf(check, context.rows).map((row) => `**${row.id}** ${escapeMarkdown(row.text)}`);
  const points = [
    `- Requirement: ${requirement.length === 0 ? check.rows.join(', ') : requirement.join('; ')}`,
    `- Expected: ${escapeMarkdown(check.expected ?? '–')}`,
    `- Observed: ${escapeMarkdown(check.observed ?? '–')}`,
    ...mendingOf(check, context.rows).map(([where, how]) => `- Mend (${where}): ${escapeMarkdown(how)}`),
    ...(check.replay === null ? [] : [`- Replay: ${code(check.replay)}`]),
    ...(check.curl === null ? [] : [`- curl: ${code(check.curl)}`]),
  ];
  const lines = [...transcriptText(check, TRANSCRIPT_LINES), ...referenceText(check, TRANSCRIPT_LINES)];
  const transcript =
    lines.length === 0 ? [] : [`<details><summary>Transcript</summary>\n\n${codeBlock(lines)}\n\n</details>`];
  return [`#### ${code(check.id)}`, points.join('\n'), ...transcript].join('\n\n');
}

function failures(result: RunResult, context: ReportContext): string[] {
  return failureGroups(result.checks).flatMap((group) => [
    `### ${escapeMarkdown(group.title)} (${formatCount(group.checks.length)}, ${STANDING_TITLES[group.standing]})`,
    ...group.checks.map((check) => failure(check, context)),
  ]);
}

function load(result: RunResult): string[] {
  if (result.load === null) return [];
  const phases = Object.entries(result.load.phases).map(([phase, values]) => [
    escapeMarkdown(phase),
    formatCount(values.count),
    formatMs(values.p50_ms),
    formatMs(values.p95_ms),
    formatMs(values.p99_ms),
    formatMs(values.max_ms),
  ]);
  const summary = `${escapeMarkdown(result.load.scenario)}: ${formatCount(result.load.deliveries)} deliveries in ${formatMs(result.load.duration_ms)}, ${formatCount(result.load.acknowledged)} events acknowledged.`;
  return [`### Load`, summary, table(['Phase', 'Events', 'p50', 'p95', 'p99', 'max'], phases)];
}

function faults(result: RunResult): string[] {
  if (result.faults.length === 0) return [];
  const healing = healingOf(result);
  const rows = result.faults.map((fault) => [
    escapeMarkdown(faultName(fault)),
    formatMs(fault.at_ms),
    fault.healed_ms === null ? 'not healed' : formatMs(fault.healed_ms),
    `${fault.bit ? '✓' : '✗'} ${escapeMarkdown(fault.evidence)}`,
    healingSentence(healing.get(fault)),
  ]);
  return ['### Faults', `${faultsSentence(result.faults)}.`, table(['Fault', 'At', 'Healed', 'Bit', 'After'], rows)];
}

function beside(result: RunResult, context: ReportContext): string[] {
  if (result.beside === null) return [];
  const { title, result: other } = result.beside;
  return [
    `### Beside: the same checks against a server with one known bug: ${escapeMarkdown(title)}`,
    escapeMarkdown(verdictOf(other).sentence),
    ...other.checks.filter((check) => check.outcome === 'fail').map((check) => failure(check, context)),
  ];
}

export function renderMarkdown(result: RunResult, context: ReportContext): string {
  const { symbol, word, sentence } = verdictOf(result);
  const { manifest } = result;
  const { rest, uncounted } = coverageCauses(result, context.rows);
  const why = [...rest, ...uncounted.map((line) => `not counted: ${line}`)].map((line) => `- ${escapeMarkdown(line)}`);
  const blocks = [
    `## ${symbol} ${word}: ${escapeMarkdown(sentence)}`,
    ...(result.exit_reasons.length === 0
      ? []
      : [result.exit_reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n')]),
    `${countsSentence(result)}. **${coverageSentence(result)}.**`,
    ...(why.length === 0 ? [] : [why.join('\n')]),
    ...budgets(result),
    ...failures(result, context),
    ...load(result),
    ...faults(result),
    ...sections(result),
    ...beside(result, context),
    `Target ${code(`${manifest.target.name} ${manifest.target.url}`)}, seed ${manifest.seed}. Again: ${code(rerunCommand(result))}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}
