/** The verdict in a terminal: the sentence first, then budgets, coverage, sections, and every failure with its bytes. */
import type { CheckResult, RunResult } from '../harness/result.ts';
import { bySection, failureGroups, mendingOf, rowsOf, type FailureGroup } from './analysis.ts';
import type { ReportContext } from './context.ts';
import { formatCount, formatMs, OUTCOME_LABELS } from './format.ts';
import {
  countsSentence,
  coverageSentence,
  faultName,
  faultsSentence,
  healingOf,
  healingSentence,
  repeatsSentence,
  STANDING_TITLES,
  coverageCauses,
} from './narrative.ts';
import { clip } from './printable.ts';
import { columns, cut, fill, labelled, painter, visible, type Paint, type Style } from './terminal-layout.ts';
import { referenceText, transcriptText } from './transcript-text.ts';
import { budgetsOf, rerunCommand, verdictOf, type Budget, type Tone } from './verdict.ts';

const DEFAULT_WIDTH = 100;
const MIN_WIDTH = 40;
const TRANSCRIPT_LINES = 24;
const REFERENCE_LINES = 12;
const TEXT_LIMIT = 2_000;

const TONES: Readonly<Record<Tone, Style>> = { good: 'green', bad: 'red', warn: 'yellow' };
const BUDGETS: Readonly<Record<Budget['state'], Style>> = {
  held: 'green',
  breached: 'red',
  'no-samples': 'yellow',
  void: 'yellow',
};
const STANDINGS: Readonly<Record<FailureGroup['standing'], Style>> = {
  failure: 'red',
  'unexpected-pass': 'red',
  warning: 'yellow',
  expected: 'dim',
};

interface Screen {
  readonly width: number;
  readonly paint: Paint;
  readonly context: ReportContext;
}

function headline(result: RunResult, { paint, width }: Screen): readonly string[] {
  const { symbol, word, sentence, tone } = verdictOf(result);
  const lead = `${symbol} ${word}`;
  const [first = '', ...rest] = fill(`${lead}: ${visible(sentence)}`, width);
  const painted = first.startsWith(lead) ? paint(TONES[tone], paint('bold', lead)) + first.slice(lead.length) : first;
  return [painted, ...rest.map((line) => `  ${line}`)];
}

function target({ manifest, duration_ms }: RunResult, { width }: Screen): readonly string[] {
  const { target: on, seed } = manifest;
  const facts = [visible(on.name), visible(on.url), `${on.instances} instances`, `seed ${seed}`, formatMs(duration_ms)];
  return ['', ...labelled('Target', facts.join(' · '), 2, 10, width)];
}

function budgets(result: RunResult, { paint }: Screen): readonly string[] {
  if (result.thresholds.length === 0) return [];
  const list = budgetsOf(result);
  const cells = list.map(({ symbol, threshold, value, margin }) => [
    symbol,
    clip(visible(threshold.expression), 80),
    value,
    margin,
  ]);
  const lines = columns(cells, ['left', 'left', 'right', 'left'], (cell, row, column) => {
    const state = list[row]?.state ?? 'held';
    return column === 0 || state !== 'held' ? paint(BUDGETS[state], cell) : cell;
  });
  return ['', paint('bold', 'Budgets'), ...lines.map((line) => `  ${line}`)];
}

function coverage(result: RunResult, { paint, width, context }: Screen): readonly string[] {
  const { rest, uncounted } = coverageCauses(result, context.rows);
  const lines = [...rest, ...uncounted.map((line) => `not counted: ${line}`)].flatMap((line) =>
    labelled('', visible(line), 2, 2, width),
  );
  return ['', `${paint('bold', coverageSentence(result))} · ${countsSentence(result)}`, ...lines];
}

function sections(result: RunResult, { paint }: Screen): readonly string[] {
  if (result.checks.length === 0) return [];
  const head = ['', 'Section', ...Object.values(OUTCOME_LABELS).map(({ word }) => word)];
  const rows = bySection(result.checks).map(({ section, title, counts }) => [
    section ?? '',
    title,
    ...Object.values(counts).map((count) => (count === 0 ? '·' : formatCount(count))),
  ]);
  const lines = columns(
    [head, ...rows],
    ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    (cell, row, column) => {
      if (row === 0 || cell.trim() === '·') return paint('dim', cell);
      return column === 3 ? paint('red', cell) : column === 4 ? paint('yellow', cell) : cell;
    },
  );
  return ['', ...lines.map((line) => `  ${line}`)];
}

function load(result: RunResult, { paint, width }: Screen): readonly string[] {
  if (result.load === null) return [];
  const { scenario, deliveries, acknowledged, duration_ms, phases } = result.load;
  const rows = Object.entries(phases).map(([phase, values]) => [
    visible(phase),
    formatCount(values.count),
    ...[values.p50_ms, values.p95_ms, values.p99_ms, values.max_ms].map(formatMs),
  ]);
  const table = columns(
    [['phase', 'events', 'p50', 'p95', 'p99', 'max'], ...rows],
    ['left', 'right', 'right', 'right', 'right', 'right'],
    (cell, row) => (row === 0 ? paint('dim', cell) : cell),
  );
  const summary = `${visible(scenario)}: ${formatCount(deliveries)} deliveries of ${formatCount(acknowledged)} acknowledged events in ${formatMs(duration_ms)}`;
  return ['', paint('bold', 'Load'), ...labelled('', summary, 2, 0, width), ...table.map((line) => `  ${line}`)];
}

function faults(result: RunResult, { paint, width }: Screen): readonly string[] {
  if (result.faults.length === 0) return [];
  const healing = healingOf(result);
  const lines = result.faults.flatMap((fault) => {
    const times = `${formatMs(fault.at_ms)} → ${fault.healed_ms === null ? 'not healed' : formatMs(fault.healed_ms)}`;
    const parts = [visible(faultName(fault)), times, visible(fault.evidence), healingSentence(healing.get(fault))];
    const mark = fault.bit ? paint('green', '✓') : paint('yellow', '?');
    const [first = '', ...rest] = labelled('', parts.filter((part) => part !== '').join(' · '), 2, 2, width);
    return [`  ${mark} ${first.trimStart()}`, ...rest];
  });
  return ['', `${paint('bold', 'Faults')} ${faultsSentence(result.faults)}`, ...lines];
}

function failure(check: CheckResult, { paint, width, context }: Screen): readonly string[] {
  const rows = rowsOf(check, context.rows);
  const facts: (readonly [label: string, text: string | null])[] = [
    ...(rows.length === 0 ? check.rows.map((id) => ['Requirement', id] as const) : []),
    ...rows.map((row) => ['Requirement', `${row.id} (${row.level}) ${row.text}`] as const),
    ['Expected', check.expected],
    ['Observed', check.observed],
    ...mendingOf(check, context.rows).map(([where, how]) => ['Mend', `${where}: ${how}`] as const),
    ['Repeats', repeatsSentence(check)],
  ];
  const lines = facts.flatMap(([label, text]) =>
    text === null || text === '' ? [] : labelled(label, clip(visible(text), TEXT_LIMIT), 4, 13, width),
  );
  // Commands stay on one line, so that they can be copied.
  const commands = [['Replay', check.replay] as const, ['curl', check.curl] as const].flatMap(([label, text]) =>
    text === null ? [] : [`    ${label.padEnd(13)}${paint('cyan', clip(visible(text), TEXT_LIMIT))}`],
  );
  const wire = [...transcriptText(check, TRANSCRIPT_LINES), ...referenceText(check, REFERENCE_LINES)];
  const transcript = wire.map((line) => paint('dim', cut(`    ${visible(line)}`, width)));
  return ['', `  ${paint('bold', visible(check.id))}`, ...lines, ...commands, ...transcript];
}

/** An expected failure costs one line: it is known, and what would end it is in its file. */
function known(check: CheckResult, { width }: Screen): readonly string[] {
  const text = `${check.rows.join(' ')} ${check.id}: ${check.expected_failure ?? ''}`;
  return labelled('', visible(text), 2, 0, width);
}

function failures(checks: readonly CheckResult[], screen: Screen): readonly string[] {
  return failureGroups(checks).flatMap((group) => {
    const title = `${visible(group.title)} (${group.checks.length}, ${STANDING_TITLES[group.standing]})`;
    return [
      '',
      screen.paint(STANDINGS[group.standing], title),
      ...group.checks.flatMap((check) => (group.standing === 'expected' ? known : failure)(check, screen)),
    ];
  });
}

function beside(result: RunResult, screen: Screen): readonly string[] {
  if (result.beside === null) return [];
  const { title, result: other } = result.beside;
  const lead = `Beside: the same checks against a server with one known bug: ${visible(title)}`;
  return ['', ...fill(lead, screen.width).map((line) => screen.paint('bold', line)), ...failures(other.checks, screen)];
}

function closing(result: RunResult, { paint, width }: Screen): readonly string[] {
  const reasons = result.exit_reasons.flatMap((reason) => labelled('', visible(reason), 2, 0, width));
  const exit = result.exit_code === 0 ? [] : ['', `Exit code ${result.exit_code}`, ...reasons];
  return [...exit, '', `Again: ${paint('cyan', visible(rerunCommand(result)))}`, ''];
}

export function renderTerminal(result: RunResult, context: ReportContext): string {
  const screen: Screen = {
    width: Math.max(MIN_WIDTH, context.width ?? DEFAULT_WIDTH),
    paint: painter(context.colour ?? false),
    context,
  };
  return [
    ...headline(result, screen),
    ...target(result, screen),
    ...budgets(result, screen),
    ...coverage(result, screen),
    ...sections(result, screen),
    ...load(result, screen),
    ...faults(result, screen),
    ...failures(result.checks, screen),
    ...beside(result, screen),
    ...closing(result, screen),
  ].join('\n');
}
