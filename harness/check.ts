/**
 * A check is an experiment that cites the rows it judges. It drives a `Lab`, states facts with `expect`, and ends in one
 * of: return (pass, if at least one fact was stated), `Violation` (fail), `Unmet` (inconclusive or not-observed).
 */
import type { Capability, Operation } from '../spec/capabilities.ts';
import type { RowId } from '../spec/row.ts';
import type { JsonValue } from '../spec/wire.ts';
import type { HookName, Target } from './target.ts';
import type { WaterfallMark } from './result.ts';
import type { Lab } from './lab.ts';

/**
 * `shared`: side by side with others. `timing`: alone on the machine. `disruptive`: alone on the target, because it
 * kills, pauses, revokes or fills it.
 */
export type Isolation = 'shared' | 'timing' | 'disruptive';

export interface Needs {
  readonly operations?: readonly Operation[];
  /** Missing: not-applicable. */
  readonly capabilities?: readonly Capability[];
  /** Missing: not-observed. */
  readonly hooks?: readonly HookName[];
  readonly accounts?: number;
  /** Direct instance addresses, at least this many. */
  readonly instances?: number;
}

/** What a check does to the target at most. A lab refuses more, so that the sum can be announced before a run. */
export interface Costs {
  /** Streams it starts. Default 4. */
  readonly streams: number;
  /** Connections it holds open at the same time. Default 16. */
  readonly connections: number;
  /** Times it kills, terminates or pauses an instance. Default: 1 when it needs such a hook, else 0. */
  readonly disruptions: number;
}

export interface Check {
  /** kebab-case, unique, stable. */
  readonly id: string;
  readonly rows: readonly RowId[];
  /** What it does in one sentence, for --list and reports. */
  readonly title: string;
  readonly needs: Needs;
  readonly isolation: Isolation;
  /** Its time is one the target declares, not work: shared checks of this kind have lanes of their own. */
  readonly patient?: boolean;
  /**
   * It fills an account's limits and judges a 429. Everywhere else a 429 tells of a limit that checks side by side came
   * upon together, and a violation that it brings about is none.
   */
  readonly judges_429?: boolean;
  readonly costs?: Partial<Costs>;
  /** Bound on the whole check, of what the target declares where it waits for that; default: CHECK_TIMEOUT_MS. */
  readonly timeout_ms?: number | ((declared: Pick<Target, 'times' | 'limits'>) => number);
  run(lab: Lab): Promise<void>;
}

export function defineCheck(check: Check): Check {
  return check;
}

export interface ViolationDetails {
  /** Stable kebab-case code. */
  readonly reason: string;
  readonly expected: string;
  readonly observed: string;
  readonly evidence?: Readonly<Record<string, JsonValue>>;
  /** Exchange numbers that show it; the transcript is cut to them. All of the check's when absent. */
  readonly exchanges?: readonly number[];
  /** Stamped by the harness clock; the runner makes the times count from the check's beginning. */
  readonly waterfall?: readonly WaterfallMark[];
}

/** The target broke the requirement. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly details: ViolationDetails;
  constructor(details: ViolationDetails) {
    super(`${details.reason}: expected ${details.expected}, observed ${details.observed}`);
    this.details = details;
  }
}

/** The check could not observe what it judges: a precondition failed, or the harness itself did. Never a pass. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
