/** What a check may do to a target, counted. */
import { Unmet, type Check, type Costs } from '../check.ts';

const DEFAULT_STREAMS = 4;
const DEFAULT_CONNECTIONS = 16;
const DISRUPTING_HOOKS = ['kill', 'terminate', 'pause'] as const;

export function costsOf(check: Pick<Check, 'costs' | 'needs'>): Costs {
  const disrupts = DISRUPTING_HOOKS.some((hook) => check.needs.hooks?.includes(hook) === true);
  return {
    streams: DEFAULT_STREAMS,
    connections: DEFAULT_CONNECTIONS,
    disruptions: disrupts ? 1 : 0,
    ...check.costs,
  };
}

/** Streams that all checks of a run may start together; safety.max_streams. The vital sign has a few of its own. */
export interface StreamQuota {
  /** False when no more is allowed. */
  take(): boolean;
}

export function streamQuota(max: number): StreamQuota {
  let taken = 0;
  return {
    take: () => {
      if (taken >= max) return false;
      taken += 1;
      return true;
    },
  };
}

/** Throws `Unmet` where a check would do more than it declared, or than the target's safety allows. */
export class Allowance {
  readonly #costs: Costs;
  readonly #quota: StreamQuota;
  #streams = 0;
  #connections = 0;
  #disruptions = 0;

  constructor(costs: Costs, quota: StreamQuota) {
    this.#costs = costs;
    this.#quota = quota;
  }

  takeStream(): void {
    this.#streams = this.#within('streams', this.#streams + 1);
    if (!this.#quota.take()) {
      throw new Unmet('safety-max-streams', 'the run has started as many streams as safety.max_streams allows');
    }
  }

  /** Returns what gives the connection back. */
  takeConnection(): () => void {
    this.#connections = this.#within('connections', this.#connections + 1);
    let open = true;
    return () => {
      if (open) this.#connections -= 1;
      open = false;
    };
  }

  takeDisruption(): void {
    this.#disruptions = this.#within('disruptions', this.#disruptions + 1);
  }

  #within(cost: keyof Costs, wanted: number): number {
    if (wanted <= this.#costs[cost]) return wanted;
    throw new Unmet(
      'over-declared-costs',
      `the check declares at most ${String(this.#costs[cost])} ${cost} and wants more: raise costs.${cost}`,
    );
  }
}
