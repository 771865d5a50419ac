/** The oracle as a check asks it: the first broken invariant as a Violation. */
import type { JsonValue } from '../../spec/wire.ts';
import { Violation } from '../check.ts';
import type { HistoryRecord } from '../history.ts';
import { judge } from '../oracle/oracle.ts';
import type { Witness } from '../oracle/verdict.ts';
import type { Target } from '../target.ts';

/**
 * Returns how many invariants the history put to the test.
 * @throws Violation with the smallest witness of the first broken one.
 */
export function judgeHistory(history: readonly HistoryRecord[], target: Target): number {
  const verdicts = judge(history, {
    declared: {
      accounts: target.capabilities.has('accounts'),
      at_least_once: target.at_least_once,
      recovery_ms: target.times.recovery_ms,
      idempotency_ms: target.capabilities.has('idempotent-append') ? target.times.idempotency_ms : null,
      history_limit: target.limits.history_limit,
    },
  });
  for (const { verdict, witness, invariant, name, violations } of verdicts) {
    if (verdict === false && witness !== null) throw violationOf(witness, { invariant, name, violations });
  }
  return verdicts.filter((entry) => entry.verdict === true).length;
}

function violationOf(
  witness: Witness,
  invariant: { readonly invariant: number; readonly name: string; readonly violations: number },
): Violation {
  const { reason, expected, observed, stream, id, subscription, records, waterfall } = witness;
  return new Violation({
    reason,
    expected,
    observed,
    evidence: { ...invariant, stream, id, subscription, records: records as unknown as JsonValue },
    waterfall,
  });
}
