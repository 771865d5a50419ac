import { CHECKS } from '../../conformance/index.ts';
import type { Check } from '../../harness/check.ts';
import { DIALECTS } from '../../harness/dialects/index.ts';
import { suggest, UsageError } from '../../harness/usage-error.ts';
import { METRICS, TAG_VALUES, type MetricSpec } from '../../scenarios/metrics/catalog.ts';
import { CAPABILITIES, OPERATIONS } from '../../spec/capabilities.ts';
import { SECTIONS, sectionOf, type Row } from '../../spec/row.ts';
import { ROWS } from '../../spec/rows/index.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { quoted } from '../command-line.ts';

/** Where a curl line of an explanation points. */
const EXAMPLE_ORIGIN = 'http://localhost:8080';

export async function run({ arguments: [name = ''], terminal }: CommandInput): Promise<CommandResult> {
  const wanted = name.toLowerCase();
  const row = ROWS.find((candidate) => candidate.id.toLowerCase() === wanted);
  const check = CHECKS.find((candidate) => candidate.id === wanted);
  const word = WORDS.get(wanted);
  if (row === undefined && check === undefined) {
    if (word === undefined) throw unknown(name);
    terminal.out(`${wanted}: ${word}\n`);
    return { exit_code: 0 };
  }
  const rows = row === undefined ? ROWS.filter(({ id }) => check?.rows.includes(id) === true) : [row];
  const head = check === undefined ? [] : [`${check.id} (${check.isolation}): ${check.title}`, ''];
  terminal.out([...head, ...rows.map(explainRow)].join('\n'));
  return { exit_code: 0 };
}

/** What stands in configs and thresholds, in a sentence each. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(OPERATIONS).map(([name, meaning]) => [name, `operation: ${meaning}`] as const),
  ...Object.entries(CAPABILITIES).map(([name, meaning]) => [name, `capability: ${meaning}`] as const),
  ...Object.entries(METRICS).map(([name, metric]) => [name, metricText(metric)] as const),
]);

function metricText({ kind, unit, tags, meaning }: MetricSpec): string {
  const kept = tags.map((tag) => `${tag} (${TAG_VALUES[tag].join(', ')})`).join(' and ');
  return `${kind} of a load, unit ${unit}${kept === '' ? '' : `, kept apart by ${kept}`}: ${meaning}`;
}

function unknown(name: string): UsageError {
  const known = [...ROWS.map(({ id }) => id as string), ...CHECKS.map(({ id }) => id), ...WORDS.keys()];
  return new UsageError([
    {
      field: '<name>',
      found: `"${name}"`,
      accepted: 'a row, a check, an operation, a capability or a metric',
      remedy: suggest(name, known, 'See SPEC.md for rows and `streamproof conform --list` for checks.'),
    },
  ]);
}

function explainRow(row: Row): string {
  const judging = CHECKS.filter((check) => check.rows.includes(row.id));
  const facts: readonly (readonly [string, string])[] = [
    ['Why', row.why],
    ...Object.entries(row.mend).map(([where, how]) => [where === 'any' ? 'Mend' : `Mend (${where})`, how] as const),
    ['Source', row.source.join('; ')],
    ...(row.capability === undefined ? [] : [['Judged where', `the target declares "${row.capability}"`] as const]),
    ...(row.excluded === undefined ? [] : [['Not judged', row.excluded] as const]),
    ...(judging.length === 0 ? [] : [['Checks', judging.map(({ id }) => id).join(', ')] as const]),
    ...judging.slice(0, 1).map((check) => ['Try', `streamproof conform --self --only ${check.id}`] as const),
    ...curlLines(judging).map((line) => ['By hand', line] as const),
  ];
  const width = Math.max(...facts.map(([label]) => label.length));
  return [
    `${row.id} ${row.level} (${SECTIONS[sectionOf(row.id)]})`,
    `  ${row.text}`,
    ...facts.map(([label, fact]) => `  ${label.padEnd(width)}  ${fact}`),
    '',
  ].join('\n');
}

/** The request that shows it best: the most telling operation that its checks use. */
function curlLines(checks: readonly Check[]): string[] {
  const used = new Set(checks.flatMap((check) => check.needs.operations ?? []));
  const { jobs } = DIALECTS;
  if (used.has('subscribe')) return [curl('-N -i', jobs.subscribe('JOB_ID', { cursor: '1' }))];
  if (used.has('poll')) return [curl('-i', jobs.poll('JOB_ID', { after: '1' }))];
  return used.has('snapshot') ? [curl('-i', jobs.snapshot('JOB_ID'))] : [];
}

function curl(flags: string, request: ReturnType<(typeof DIALECTS)['jobs']['snapshot']>): string {
  const given = (request.headers ?? []).flatMap(([name, value]) => ['-H', quoted(`${name}: ${value}`)]);
  const key = ['-H', '"Authorization: Bearer $KEY"'];
  return ['curl', flags, ...key, ...given, quoted(EXAMPLE_ORIGIN + request.path)].join(' ');
}
