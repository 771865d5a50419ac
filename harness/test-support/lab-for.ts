import { Random } from '../../spec/random.ts';
import { streamQuota } from '../lab/allowance.ts';
import { CheckLab, type LabOptions } from '../lab/check-lab.ts';
import { RateGate } from '../lab/rate-gate.ts';
import type { Target } from '../target.ts';

/** A lab as the runner makes one, for a test. */
export function labFor(target: Target, more: Partial<LabOptions> = {}): CheckLab {
  return new CheckLab({
    target,
    random: new Random(1),
    signal: new AbortController().signal,
    costs: { streams: 4, connections: 4, disruptions: 1 },
    judges_429: false,
    quota: streamQuota(100),
    gate: new RateGate(100_000),
    ...more,
  });
}
