/** What the oracle says of a load, one entry per invariant, in the form of a check's result. */
import type { CheckResult } from '../harness/result.ts';
import type { InvariantNumber, Verdict } from '../harness/oracle/verdict.ts';
import type { RowId } from '../spec/row.ts';
import type { JsonValue } from '../spec/wire.ts';

interface Spoken {
  readonly id: string;
  /** What the invariant, seen under this load, shows of them. */
  readonly rows: readonly RowId[];
}

const SPOKEN: Readonly<Record<InvariantNumber, Spoken>> = {
  1: { id: 'oracle-nothing-lost', rows: ['DUR-01', 'DUR-09', 'DUR-14', 'RPL-04', 'RPL-23'] },
  2: { id: 'oracle-ids-increase', rows: ['RPL-01', 'DUR-05'] },
  3: { id: 'oracle-one-payload', rows: ['RPL-07', 'RPL-08'] },
  4: { id: 'oracle-bad-cursors', rows: ['RPL-16'] },
  5: { id: 'oracle-isolation', rows: ['ISO-05'] },
  6: { id: 'oracle-durable-ids', rows: ['TRN-08'] },
  7: { id: 'oracle-one-terminal', rows: ['RPL-20', 'RPL-21'] },
  8: { id: 'oracle-epochs', rows: ['DUR-13'] },
  9: { id: 'oracle-stalled-readers', rows: [] },
  10: { id: 'oracle-convergence', rows: [] },
  11: { id: 'oracle-received-is-durable', rows: ['DUR-02', 'DUR-03'] },
};

export interface OracleContext {
  readonly began_ms: number;
  readonly duration_ms: number;
  readonly replay: string | null;
}

export function oracleCheck(verdict: Verdict, { began_ms, duration_ms, replay }: OracleContext): CheckResult {
  const { invariant, name, violations, witness, unknown_because } = verdict;
  const { id, rows } = SPOKEN[invariant];
  const shared = {
    id,
    rows,
    level: 'MUST',
    transcript: [],
    reference_transcript: null,
    curl: null,
    expected_failure: null,
    duration_ms,
    repeats: null,
  } as const;
  if (witness !== null) {
    const { reason, expected, observed, stream, id: event, subscription, records } = witness;
    return {
      ...shared,
      outcome: 'fail',
      reason,
      expected,
      observed,
      evidence: {
        invariant,
        name,
        violations,
        stream,
        id: event,
        subscription,
        records: records as unknown as JsonValue,
      },
      waterfall: witness.waterfall.map((mark) => ({ ...mark, at_ms: mark.at_ms - began_ms })),
      replay,
    };
  }
  const isKnown = verdict.verdict === true;
  const isUnseen = unknown_because === 'not-exercised';
  return {
    ...shared,
    outcome: isKnown ? 'pass' : isUnseen ? 'not-observed' : 'inconclusive',
    reason: unknown_because,
    expected: isKnown ? null : name,
    observed: isKnown
      ? null
      : isUnseen
        ? 'nothing in this load put it to the test'
        : `the oracle's bound was met: ${unknown_because ?? ''}`,
    evidence: { invariant, name },
    waterfall: [],
    replay: null,
  };
}
