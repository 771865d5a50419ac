/** Groupings of a result that more than one report shows. */
import { OUTCOMES, type CheckResult, type Outcome, type RunResult } from '../harness/result.ts';
import { SECTIONS, sectionOf, type Row, type RowId, type Section } from '../spec/row.ts';
import { sentenceOf } from './format.ts';
import { groupBy } from './group-by.ts';
import { standingOf, type Standing } from './verdict.ts';

const SECTION_IDS = Object.keys(SECTIONS) as Section[];

/** The section a check is counted under: that of its first row; null when it cites none we know. */
function sectionOfCheck(check: CheckResult): Section | null {
  const [first] = check.rows;
  const section = first === undefined ? null : sectionOf(first);
  return section !== null && section in SECTIONS ? section : null;
}

/** What the oracle says of a load, one check per invariant; nobody asked the target for it. */
export function isOracleCheck({ id }: CheckResult): boolean {
  return id.startsWith('oracle-');
}

/** A load by itself: it asked for no requirement, and shows of them what the oracle saw in passing. */
export function isLoadAlone({ load, checks }: RunResult): boolean {
  return load !== null && checks.every(isOracleCheck);
}

export interface SectionTable {
  /** null: checks that cite no known section. */
  readonly section: Section | null;
  readonly title: string;
  readonly checks: readonly CheckResult[];
  readonly counts: Readonly<Record<Outcome, number>>;
}

export function countOutcomes(checks: readonly CheckResult[]): Record<Outcome, number> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const check of checks) counts[check.outcome] += 1;
  return counts;
}

/** Sections in the order of the specification, empty ones left out. */
export function bySection(checks: readonly CheckResult[]): readonly SectionTable[] {
  const groups = groupBy(checks, sectionOfCheck);
  return [...SECTION_IDS, null].flatMap((section) => {
    const members = groups.get(section);
    if (members === undefined) return [];
    return [
      {
        section,
        title: section === null ? 'Without a section' : SECTIONS[section],
        checks: members,
        counts: countOutcomes(members),
      },
    ];
  });
}

export interface FailureGroup {
  readonly standing: Exclude<Standing, 'none'>;
  /** The reason code the checks share. */
  readonly reason: string;
  readonly title: string;
  readonly checks: readonly CheckResult[];
}

const STANDING_ORDER: readonly FailureGroup['standing'][] = ['failure', 'unexpected-pass', 'warning', 'expected'];

/** Failures by cause: what makes the run red first, larger groups before smaller ones. */
export function failureGroups(checks: readonly CheckResult[]): readonly FailureGroup[] {
  return STANDING_ORDER.flatMap((standing) => {
    const members = checks.filter((check) => standingOf(check) === standing);
    const groups = [...groupBy(members, (check) => check.reason ?? standing)].map(([reason, list]) => ({
      standing,
      reason,
      title: sentenceOf(reason),
      checks: list,
    }));
    return groups.sort((a, b) => b.checks.length - a.checks.length);
  });
}

export interface Unobserved {
  readonly kind: 'inconclusive' | 'not-observed' | 'not-applicable' | 'excluded' | 'not-run';
  /** In words: `hooks.kill is not configured`; empty where the kind says it all. */
  readonly cause: string;
  /** False for rows that are no demand on this target, which the coverage does not count. */
  readonly counted: boolean;
  readonly rows: readonly RowId[];
}

const UNOBSERVED_ORDER: readonly Unobserved['kind'][] = [
  'inconclusive',
  'not-observed',
  'not-run',
  'not-applicable',
  'excluded',
];

/** Why a check found nothing. What is missing reads the same for every check that misses it; what went wrong has a code. */
export function causeOf({ outcome, reason, observed }: CheckResult): string {
  const code = sentenceOf(reason ?? '').toLowerCase();
  return outcome === 'not-observed' || outcome === 'not-applicable' ? (observed ?? code) : code;
}

function whyUnobserved(
  row: Row,
  checks: readonly CheckResult[],
  capabilities: readonly string[],
): Omit<Unobserved, 'rows'> | null {
  if (checks.some((check) => check.outcome === 'pass' || check.outcome === 'fail')) return null;
  if (row.excluded !== undefined) return { kind: 'excluded', cause: row.excluded, counted: false };
  if (row.capability !== undefined && !capabilities.includes(row.capability)) {
    return { kind: 'not-applicable', cause: `the target does not declare "${row.capability}"`, counted: false };
  }
  for (const kind of ['inconclusive', 'not-observed', 'not-applicable'] as const) {
    const check = checks.find((candidate) => candidate.outcome === kind);
    if (check !== undefined) return { kind, cause: causeOf(check), counted: true };
  }
  return { kind: 'not-run', cause: '', counted: true };
}

/** Why the MUST rows that were not observed were not, grouped by cause; what the coverage counts comes first. */
export function unobservedRows(result: RunResult, rows: readonly Row[]): readonly Unobserved[] {
  const citing = checksByRow(result.checks);
  const found = rows
    .filter((row) => row.level === 'MUST')
    .flatMap((row) => {
      const why = whyUnobserved(row, citing.get(row.id) ?? [], result.manifest.target.capabilities);
      return why === null ? [] : [{ ...why, row: row.id }];
    });
  return [...groupBy(found, ({ kind, cause, counted }) => [kind, cause, counted].join('\n')).values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      return [{ kind: first.kind, cause: first.cause, counted: first.counted, rows: group.map(({ row }) => row) }];
    })
    .sort(
      (a, b) =>
        Number(b.counted) - Number(a.counted) ||
        UNOBSERVED_ORDER.indexOf(a.kind) - UNOBSERVED_ORDER.indexOf(b.kind) ||
        b.rows.length - a.rows.length,
    );
}

export function checksByRow(checks: readonly CheckResult[]): ReadonlyMap<RowId, readonly CheckResult[]> {
  const citing = new Map<RowId, CheckResult[]>();
  for (const check of checks) {
    for (const row of check.rows) citing.set(row, [...(citing.get(row) ?? []), check]);
  }
  return citing;
}

/** The rows a check cites, as far as they are known, in its order. */
export function rowsOf(check: CheckResult, rows: readonly Row[]): readonly Row[] {
  return check.rows.flatMap((id) => rows.find((row) => row.id === id) ?? []);
}

/** Advice for the rows a check cites, one entry per place, without repeats. */
export function mendingOf(
  check: CheckResult,
  rows: readonly Row[],
): readonly (readonly [where: string, how: string])[] {
  const seen = new Set<string>();
  return rowsOf(check, rows)
    .flatMap((row) => Object.entries(row.mend))
    .filter(([where, how]) => {
      const key = `${where}\n${how}`;
      return !seen.has(key) && seen.add(key);
    });
}
