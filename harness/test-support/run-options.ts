import type { Row, RowId } from '../../spec/row.ts';
import type { Check } from '../check.ts';
import type { Lab } from '../lab.ts';
import { buildManifest } from '../runner/manifest.ts';
import type { RunOptions } from '../runner/runner.ts';
import type { Target } from '../target.ts';

export function row(id: RowId, more: Partial<Row> = {}): Row {
  return { id, level: 'MUST', text: 't', why: 'w', mend: { any: 'm' }, source: ['ours'], since: '0.1.0', ...more };
}

export function check(id: string, run: Check['run'], more: Partial<Check> = {}): Check {
  return { id, rows: ['TRN-01'], title: id, needs: {}, isolation: 'shared', run, ...more };
}

/** A check that states one true fact. */
export function passing(id: string, more: Partial<Check> = {}): Check {
  return stating(id, true, more);
}

/** A check that states one false fact. */
export function failing(id: string, more: Partial<Check> = {}): Check {
  return stating(id, false, more);
}

function stating(id: string, fact: boolean, more: Partial<Check>): Check {
  const details = { reason: 'broken', expected: 'this', observed: 'that', evidence: { id: 7 } };
  return check(
    id,
    async (lab: Lab) => {
      lab.expect(fact, details);
    },
    more,
  );
}

export function runOptions(target: Target, checks: readonly Check[], more: Partial<RunOptions> = {}): RunOptions {
  return {
    target,
    rows: [row('TRN-01')],
    checks,
    selection: { only: [], skip: [] },
    permission: { remote_faults: false },
    seed: 1,
    repeat: 1,
    bail: false,
    strict: false,
    require: [],
    expected_failures: new Map(),
    wait_ms: 1_000,
    signal: new AbortController().signal,
    replay: (id) => `replay ${id}`,
    manifest: buildManifest({ target, seed: 1, command: 'test', config: null, plan: null }),
    ...more,
  };
}
