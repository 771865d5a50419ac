/** Which checks a run takes: by check, row, section, row set, or a glob over these names. */
import { sectionOf, SECTIONS, type Row, type RowSet } from '../../spec/row.ts';
import type { Check } from '../check.ts';
import { UsageError, suggest } from '../usage-error.ts';

const ROW_SETS: readonly RowSet[] = ['s4-phase-0', 's4-phase-1', 's4-phase-2', 's4-phase-3'];

export interface Selection {
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

/** Every name by which a check can be selected. */
function namesOf(check: Check, rows: ReadonlyMap<string, Row>): string[] {
  const sets = check.rows.flatMap((id) => rows.get(id)?.sets ?? []);
  return [check.id, ...check.rows, ...check.rows.map(sectionOf), ...sets];
}

/** `*` stands for any run of characters, `?` for one; upper and lower case are one. */
function matcher(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 'i');
  return (name) => expression.test(name);
}

/**
 * The checks whose names match any of the patterns.
 * @throws UsageError for a pattern that matches none, with the nearest known name.
 */
export function matching(
  patterns: readonly string[],
  checks: readonly Check[],
  rows: readonly Row[],
  option: string,
): ReadonlySet<Check> {
  const byId = new Map(rows.map((row) => [row.id as string, row]));
  const found = new Set<Check>();
  for (const pattern of patterns) {
    const matches = matcher(pattern);
    const hits = checks.filter((check) => namesOf(check, byId).some(matches));
    if (hits.length === 0) throw unknownPattern(pattern, checks, rows, option);
    for (const check of hits) found.add(check);
  }
  return found;
}

function unknownPattern(pattern: string, checks: readonly Check[], rows: readonly Row[], option: string): UsageError {
  const row = rows.find((candidate) => candidate.id.toLowerCase() === pattern.toLowerCase());
  if (row !== undefined) {
    return new UsageError([
      {
        field: option,
        found: `${row.id}, a requirement without a check${row.excluded === undefined ? '' : ` (${row.excluded})`}`,
        accepted: 'what at least one check judges',
        remedy: 'See `streamproof conform --list`.',
      },
    ]);
  }
  const known = [
    ...checks.map((check) => check.id),
    ...rows.map((entry) => entry.id),
    ...Object.keys(SECTIONS),
    ...ROW_SETS,
  ];
  return new UsageError([
    {
      field: option,
      found: `"${pattern}", which matches nothing`,
      accepted: `a check id, a row, a section (${Object.keys(SECTIONS).join(', ')}), a row set (${ROW_SETS.join(', ')}) or a glob`,
      remedy: suggest(pattern, known, 'See `streamproof conform --list`.'),
    },
  ]);
}

/** In the order of `checks`. @throws UsageError for an unknown pattern or when nothing is left. */
export function select(checks: readonly Check[], rows: readonly Row[], { only, skip }: Selection): readonly Check[] {
  const wanted = only.length === 0 ? new Set(checks) : matching(only, checks, rows, '--only');
  const unwanted = matching(skip, checks, rows, '--skip');
  const selected = checks.filter((check) => wanted.has(check) && !unwanted.has(check));
  if (selected.length > 0) return selected;
  throw new UsageError([
    {
      field: '--only, --skip',
      found: 'a selection without a single check',
      accepted: 'a selection that leaves at least one',
      remedy: 'Loosen --skip; an empty selection is never green.',
    },
  ]);
}
