import { closest, distance } from 'fastest-levenshtein';

/** One thing the user got wrong: where, what stood there, what may stand there, how to mend it. */
export interface Problem {
  /** Path in the file, option or argument: `accounts[0].key`, `--only`. */
  readonly field: string;
  readonly found: string;
  readonly accepted: string;
  readonly remedy: string;
}

/** Bad input: exit 2, shown without a stack trace. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], heading?: string) {
    super([...(heading === undefined ? [] : [heading]), ...problems.map(describe)].join('\n'));
    this.problems = problems;
  }
}

function describe({ field, found, accepted, remedy }: Problem): string {
  return `${field}: found ${found}; accepted: ${accepted}. ${remedy}`;
}

/** The known name a mistyped one most likely means; null when none is near enough to be a help. */
export function nearest(name: string, known: readonly string[]): string | null {
  const wanted = name.toLowerCase();
  const lowered = known.map((candidate) => candidate.toLowerCase());
  if (lowered.length === 0) return null;
  const best = closest(wanted, lowered);
  const tolerance = Math.max(2, Math.floor(name.length / 3));
  return distance(wanted, best) <= tolerance ? (known[lowered.indexOf(best)] ?? null) : null;
}

/** `Did you mean "x"?` where something is near, else the fallback. */
export function suggest(name: string, known: readonly string[], fallback: string): string {
  const candidate = nearest(name, known);
  return candidate === null ? fallback : `Did you mean "${candidate}"?`;
}
