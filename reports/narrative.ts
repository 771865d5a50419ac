/** Sentences that terminal, Markdown and the page share. */
import type { CheckResult, FaultResult, RunResult } from '../harness/result.ts';
import type { Row, RowId } from '../spec/row.ts';
import { isLoadAlone, unobservedRows, type Unobserved } from './analysis.ts';
import { groupBy } from './group-by.ts';
import { formatCount, formatMs, OUTCOME_LABELS, plural, sentenceOf } from './format.ts';
import type { FailureGroup } from './analysis.ts';
import { standingOf, type Standing } from './verdict.ts';

/** `64 passed · 1 failed`, zeros left out; `no checks` when there were none. */
export function countsSentence(result: RunResult): string {
  const { summary } = result;
  const tolerated = toleratedSentence(result);
  const entries = [
    [summary.pass, OUTCOME_LABELS.pass.word],
    [summary.fail, tolerated === '' ? OUTCOME_LABELS.fail.word : `${OUTCOME_LABELS.fail.word} (${tolerated})`],
    [summary.inconclusive, OUTCOME_LABELS.inconclusive.word],
    [summary.not_observed, OUTCOME_LABELS['not-observed'].word],
    [summary.not_applicable, OUTCOME_LABELS['not-applicable'].word],
  ] as const;
  const shown = entries.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  return shown.length === 0 ? 'no checks' : shown.join(' · ');
}

/** Which of the failures do not make the run red: `1 recommendation, 1 expected`; empty when all do. */
export function toleratedSentence({ checks }: RunResult): string {
  const count = (standing: Standing) => checks.filter((check) => standingOf(check) === standing).length;
  const entries = [plural(count('warning'), 'recommendation'), `${formatCount(count('expected'))} expected`];
  return entries.filter((entry) => !entry.startsWith('0 ')).join(', ');
}

export function coverageSentence({ coverage }: RunResult): string {
  return `${formatCount(coverage.observed_must)} of ${formatCount(coverage.total_must)} requirements observed`;
}

const KINDS: Readonly<Record<Unobserved['kind'], string>> = {
  inconclusive: 'inconclusive',
  'not-observed': 'not observed',
  'not-applicable': 'not applicable',
  excluded: 'no check',
  'not-run': 'not part of this run',
};

function idList(ids: readonly RowId[], limit: number): string {
  const shown = ids.slice(0, limit).join(', ');
  return ids.length > limit ? `${shown} and ${formatCount(ids.length - limit)} more` : shown;
}

export interface CoverageCauses {
  /** Why the rest was not observed, one entry per cause: `2 not observed: hooks.pause is not configured (DUR-06, DUR-09)`. */
  readonly rest: readonly string[];
  /** Why rows are no demand on this target, so that the coverage does not count them. */
  readonly uncounted: readonly string[];
}

/** From here on, causes that differ in one quoted word only share a sentence. */
const ALIKE_FROM = 3;

export function coverageCauses(result: RunResult, rows: readonly Row[]): CoverageCauses {
  // Nobody asked a load for the rest.
  if (isLoadAlone(result)) return { rest: [], uncounted: [] };
  const causes = unobservedRows(result, rows);
  return {
    rest: sentencesOf(causes.filter(({ counted }) => counted)),
    uncounted: sentencesOf(causes.filter(({ counted }) => !counted)),
  };
}

/** `62 not applicable: the target does not declare "accounts" (10), "limits" (6), …` where there are many alike. */
function sentencesOf(causes: readonly Unobserved[]): string[] {
  const alike = groupBy(causes, ({ kind, cause }) => `${kind} ${cause.replace(/"[^"]*"/, '"')}`);
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length < ALIKE_FROM || !first.cause.includes('"')) return group.map(sentence);
    const named = group.map(({ cause, rows }) => `${/"[^"]*"/.exec(cause)?.[0] ?? ''} (${formatCount(rows.length)})`);
    const total = group.reduce((sum, { rows }) => sum + rows.length, 0);
    return [`${formatCount(total)} ${KINDS[first.kind]}: ${first.cause.replace(/"[^"]*"/, () => named.join(', '))}`];
  });
}

function sentence({ kind, cause, rows }: Unobserved): string {
  return `${formatCount(rows.length)} ${KINDS[kind]}${cause === '' ? '' : `: ${cause}`} (${idList(rows, 4)})`;
}

export const STANDING_TITLES: Readonly<Record<FailureGroup['standing'], string>> = {
  failure: 'failed',
  'unexpected-pass': 'passes, but is listed as an expected failure',
  warning: 'warning: a recommendation that does not hold',
  expected: 'expected failure',
};

export function faultsSentence(faults: readonly FaultResult[]): string {
  const bit = faults.filter((fault) => fault.bit).length;
  const healed = faults.filter((fault) => fault.healed_ms !== null).length;
  return `${plural(faults.length, 'fault')} planned, ${formatCount(bit)} bit, ${formatCount(healed)} healed`;
}

/** What a fault did, in words: `kill instance 2`. */
export function faultName(fault: FaultResult): string {
  return `${sentenceOf(fault.kind)} ${fault.target}`.trim();
}

/** From each fault's heal to the latency budget: undefined where it was not healed, null where it was never met again. */
export function healingOf(result: RunResult): ReadonlyMap<FaultResult, number | null> {
  // Faults stand in the order of the plan; what came after their heals, in the order of healing.
  const healed = result.faults
    .flatMap((fault) => (fault.healed_ms === null ? [] : [{ fault, healed_ms: fault.healed_ms }]))
    .sort((one, other) => one.healed_ms - other.healed_ms);
  return new Map(
    healed.flatMap(({ fault }, index) => {
      const heal_to_slo = result.load?.heal_to_slo_ms[index];
      return heal_to_slo === undefined ? [] : [[fault, heal_to_slo] as const];
    }),
  );
}

export function healingSentence(heal_to_slo_ms: number | null | undefined): string {
  if (heal_to_slo_ms === undefined) return '';
  return heal_to_slo_ms === null
    ? 'never back within budget'
    : `back within budget ${formatMs(heal_to_slo_ms)} after healing`;
}

/** `19 of 20 repeats passed`; empty when it ran once. */
export function repeatsSentence({ repeats }: CheckResult): string {
  return repeats === null ? '' : `${formatCount(repeats.passed)} of ${formatCount(repeats.total)} repeats passed`;
}
