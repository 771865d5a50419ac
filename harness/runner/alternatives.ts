import type { Row } from '../../spec/row.ts';
import type { CheckResult } from '../result.ts';

/**
 * Rows of one `alternatives` group are mutually exclusive legal answers: where a check of one holds, the others that do
 * not are no failures but not applicable. Where none holds, all stand as they are.
 */
export function settleAlternatives(results: readonly CheckResult[], rows: ReadonlyMap<string, Row>): CheckResult[] {
  const groupOf = (result: CheckResult): string | null => {
    const groups = new Set(result.rows.map((id) => rows.get(id)?.alternatives));
    const [group] = groups;
    return groups.size === 1 && group !== undefined ? group : null;
  };
  const held = new Map<string, string>();
  for (const result of results) {
    const group = groupOf(result);
    if (group !== null && result.outcome === 'pass') held.set(group, result.id);
  }
  return results.map((result) => {
    const winner = held.get(groupOf(result) ?? '');
    if (winner === undefined || result.outcome === 'pass') return result;
    return {
      ...result,
      outcome: 'not-applicable',
      reason: 'another-alternative-holds',
      expected: null,
      observed: `the target answers as ${winner} says, which is legal instead`,
    };
  });
}
