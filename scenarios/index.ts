/** Every scenario by its name. */
import { suggest, UsageError } from '../harness/usage-error.ts';
import { restartMidRun } from './restart-mid-run.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [restartMidRun];

/** undefined: none was named. @throws UsageError naming the nearest. */
export function scenarioOf(name: string | undefined): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = SCENARIOS.map((scenario) => scenario.name);
  throw new UsageError([
    {
      field: 'scenario',
      found: name === undefined ? 'none' : JSON.stringify(name),
      accepted: names.join(', '),
      remedy: suggest(name ?? '', names, 'See: streamproof load --list'),
    },
  ]);
}
