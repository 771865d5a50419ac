/** What the oracle says of a load: one check per invariant, as scenarios/oracle-checks.ts makes them of its verdicts. */
import { INVARIANTS, type InvariantNumber } from '../../harness/oracle/verdict.ts';
import type { CheckResult } from '../../harness/result.ts';
import type { RowId } from '../../spec/row.ts';

const SPOKEN: readonly (readonly [invariant: InvariantNumber, id: string, rows: readonly RowId[]])[] = [
  [1, 'oracle-nothing-lost', ['DUR-01', 'DUR-09', 'DUR-14', 'RPL-04', 'RPL-23']],
  [2, 'oracle-ids-increase', ['RPL-01', 'DUR-05']],
  [3, 'oracle-one-payload', ['RPL-07', 'RPL-08']],
  [4, 'oracle-bad-cursors', ['RPL-16']],
  [5, 'oracle-isolation', ['ISO-05']],
  [6, 'oracle-durable-ids', ['TRN-08']],
  [7, 'oracle-one-terminal', ['RPL-20', 'RPL-21']],
  [8, 'oracle-epochs', ['DUR-13']],
  [9, 'oracle-stalled-readers', []],
  [10, 'oracle-convergence', []],
  [11, 'oracle-received-is-durable', ['DUR-02', 'DUR-03']],
];

/** What restart-mid-run does not put to the test: bad cursors, foreign keys, owners and stalled readers. */
const UNSEEN: readonly InvariantNumber[] = [4, 5, 8, 9, 10];

const UNSEEN_RESULT: Partial<CheckResult> = {
  outcome: 'not-observed',
  reason: 'not-exercised',
  observed: 'nothing in this load put it to the test',
};

/** Each carries the whole time of the load. */
export function oracleChecks(duration_ms: number): readonly CheckResult[] {
  return SPOKEN.map(([invariant, id, rows]) => {
    const name = INVARIANTS[invariant];
    return {
      id,
      rows,
      level: 'MUST',
      outcome: 'pass',
      reason: null,
      expected: null,
      observed: null,
      evidence: { invariant, name },
      transcript: [],
      waterfall: [],
      reference_transcript: null,
      replay: null,
      curl: null,
      expected_failure: null,
      duration_ms,
      repeats: null,
      ...(UNSEEN.includes(invariant) ? { ...UNSEEN_RESULT, expected: name } : {}),
    };
  });
}

/** The verdict on a server that drops an event when it is restarted. */
export const LOST: Partial<CheckResult> = {
  outcome: 'fail',
  reason: 'lost',
  expected: 'event 311 of job-4, acknowledged before the restart, reaches subscription s-17',
  observed: 'it never came: 310 is followed by 312',
  evidence: { invariant: 1, name: INVARIANTS[1], violations: 3, stream: 'job-4', id: 311, subscription: 's-17' },
  waterfall: [
    { lane: 'sent', id: 310, at_ms: 14_010, mark: 'ok' },
    { lane: 'sent', id: 311, at_ms: 14_020, mark: 'ok' },
    { lane: 'acked', id: 310, at_ms: 14_012, mark: 'ok' },
    { lane: 'acked', id: 311, at_ms: 14_023, mark: 'ok' },
    { lane: 's-17', id: 310, at_ms: 14_015, mark: 'ok' },
    { lane: 's-17', id: 311, at_ms: 14_025, mark: 'missing' },
    { lane: 's-17', id: 312, at_ms: 15_310, mark: 'ok' },
  ],
  replay: 'streamproof load restart-mid-run --self --seed 42',
};
