/** The run's verdict in a word and a sentence, and what each check and budget contributes to it. */
import type { CheckResult, RunResult, ThresholdResult } from '../harness/result.ts';
import { EXIT_CODES, EXIT_WORDS, INTERRUPTED } from '../harness/runner/exit.ts';
import { formatValue } from './format.ts';

export type Tone = 'good' | 'bad' | 'warn';

export interface Verdict {
  readonly tone: Tone;
  readonly symbol: '✓' | '✗' | '!';
  /** In capitals: PASSED, FAILED, … */
  readonly word: string;
  readonly exit_code: number;
  /** The headline without a leading verdict word. */
  readonly sentence: string;
}

/** All others are bad. */
const TONES: Readonly<Record<number, Tone>> = { 0: 'good', [EXIT_CODES.inconclusive]: 'warn', [INTERRUPTED]: 'warn' };

const INSUFFICIENT = 'INSUFFICIENT';

const SYMBOLS = { good: '✓', bad: '✗', warn: '!' } as const;

/** The headline may begin with its verdict: `FAILED (99): …`. The word is shown once. */
const LEADING_WORD = new RegExp(`^(${[INSUFFICIENT, ...Object.values(EXIT_WORDS)].join('|')})(?: \\(\\d+\\))?: `);

export function verdictOf({ exit_code, headline }: RunResult): Verdict {
  const tone = TONES[exit_code] ?? 'bad';
  // A green run that observed too little says so itself; the exit code alone cannot tell.
  const insufficient = exit_code === 0 && LEADING_WORD.exec(headline)?.[1] === INSUFFICIENT;
  const shownTone = insufficient ? 'warn' : tone;
  const sentence = headline.replace(LEADING_WORD, '').trim();
  return {
    tone: shownTone,
    symbol: SYMBOLS[shownTone],
    word: insufficient ? INSUFFICIENT : (EXIT_WORDS[exit_code] ?? 'FAILED'),
    exit_code,
    sentence: sentence === '' ? 'The run says nothing about its outcome.' : sentence,
  };
}

/**
 * What a check means for the run. `failure`: red. `warning`: a SHOULD or MAY that does not hold. `expected`: a failure
 * the expected-failures file names. `unexpected-pass`: named there, but it holds, so the entry has to go.
 */
export type Standing = 'failure' | 'warning' | 'expected' | 'unexpected-pass' | 'none';

export function standingOf(check: CheckResult): Standing {
  if (check.outcome === 'pass') return check.expected_failure === null ? 'none' : 'unexpected-pass';
  if (check.outcome !== 'fail') return 'none';
  if (check.expected_failure !== null) return 'expected';
  return check.level === 'MUST' ? 'failure' : 'warning';
}

/** The command that repeats the run with the same seed. */
export function rerunCommand({ manifest }: RunResult): string {
  return /(?:^|\s)--seed(?:[ =]|$)/.test(manifest.command)
    ? manifest.command
    : `${manifest.command} --seed ${manifest.seed}`;
}

export interface Budget {
  readonly threshold: ThresholdResult;
  /** `void`: a time that a saturated load generator measured. */
  readonly state: 'held' | 'breached' | 'no-samples' | 'void';
  readonly symbol: '✓' | '✗' | '?';
  /** With its unit; `no samples` when there were none. */
  readonly value: string;
  readonly limit: string;
  /** `19 % to spare`, `83 % over`; why there is none where a value proves nothing; empty without samples. */
  readonly margin: string;
  /** Value over limit, for a bar; null where no such share exists. */
  readonly share: number | null;
}

function marginOf({ expression, value, limit, unit, ok }: ThresholdResult): string {
  if (value === null) return '';
  const operator = /(<=|>=|==|!=|===|<|>)[^<>=!]*$/.exec(expression)?.[1] ?? '<';
  const distance = Math.abs(limit - value);
  const amount = limit === 0 ? formatValue(distance, unit) : `${Math.round((distance / Math.abs(limit)) * 100)} %`;
  if (ok) return distance === 0 ? 'exactly met' : `${amount} to spare`;
  if (operator.startsWith('=') || operator === '!=') return value === limit ? 'not met' : `${amount} off`;
  return `${amount} ${value > limit ? 'over' : 'short'}`;
}

/** The budgets of a run. A generator that was late itself proves nothing about times, neither held nor breached. */
export function budgetsOf({ thresholds, load }: RunResult): readonly Budget[] {
  const saturated = load?.health.saturated ?? false;
  return thresholds.map((threshold) => {
    const budget = budgetOf(threshold);
    const isVoid = saturated && threshold.unit === 'ms' && threshold.value !== null;
    return isVoid ? { ...budget, state: 'void', symbol: '?', margin: 'void: the generator was saturated' } : budget;
  });
}

function budgetOf(threshold: ThresholdResult): Budget {
  const { value, limit, unit, ok } = threshold;
  const state = value === null ? 'no-samples' : ok ? 'held' : 'breached';
  return {
    threshold,
    state,
    symbol: state === 'held' ? '✓' : state === 'breached' ? '✗' : '?',
    value: value === null ? 'no samples' : formatValue(value, unit),
    limit: formatValue(limit, unit),
    margin: marginOf(threshold),
    share: value === null || limit <= 0 || value < 0 ? null : value / limit,
  };
}
