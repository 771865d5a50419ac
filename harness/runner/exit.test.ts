import t from 'tap';
import type { CheckResult } from '../result.ts';
import { passing, row } from '../test-support/run-options.ts';
import { causesOf, exitOf, headlineOf, type Cause } from './exit.ts';
import { unrun } from './run-check.ts';

const CAUSES: Record<Cause['kind'], Cause> = {
  usage: { kind: 'usage', text: 'u' },
  failed: { kind: 'failed', text: 'f' },
  inconclusive: { kind: 'inconclusive', text: 'i' },
  budget: { kind: 'budget', text: 'b' },
};
const { usage, failed, inconclusive, budget } = CAUSES;

t.test('2 over 1 over 3 over 99, all causes told, the deciding one first', async (t) => {
  t.same(exitOf([], false), { exit_code: 0, exit_reasons: [] });
  t.same(exitOf([budget], false), { exit_code: 99, exit_reasons: ['b'] });
  t.same(exitOf([budget, inconclusive], false), { exit_code: 3, exit_reasons: ['i', 'b'] });
  t.same(exitOf([budget, inconclusive, failed], false), { exit_code: 1, exit_reasons: ['f', 'i', 'b'] });
  t.same(exitOf([failed, usage], false), { exit_code: 2, exit_reasons: ['u', 'f'] });
  t.same(exitOf([failed], true), { exit_code: 130, exit_reasons: ['f'] });
  t.same(exitOf([], true), { exit_code: 130, exit_reasons: ['interrupted'] });
});

t.test('the headline says the cause, and insufficient below 30 % coverage', async (t) => {
  const summary = { pass: 3, fail: 0, inconclusive: 0, not_observed: 0, not_applicable: 0 };
  const say = (exit_code: number, exit_reasons: string[], observed_must: number) =>
    headlineOf({ exit_code, exit_reasons, coverage: { observed_must, total_must: 10 }, summary });
  t.equal(say(0, [], 3), 'PASSED: 3 checks hold; 3 of 10 MUST requirements observed');
  t.match(say(0, [], 2), /^INSUFFICIENT: .* 2 of 10/);
  t.match(say(1, ['x failed: y', 'z'], 5), /^FAILED \(1\): x failed: y, and 1 more; 5 of 10/);
  t.match(say(3, ['nothing was observed'], 0), /^INCONCLUSIVE \(3\): nothing was observed/);
  t.match(say(99, ['p95 2 s > 1 s'], 5), /^BUDGET BREACHED \(99\): p95/);
  t.match(say(130, ['interrupted'], 5), /^INTERRUPTED \(130\)/);
});

t.test('what is required is red when it was left out, and not green when nobody could tell', async (t) => {
  const should = [row('TRN-01', { level: 'SHOULD' })];
  const result = (id: string, outcome: CheckResult['outcome']) => unrun(passing(id), should, outcome, 'r', 'why');
  const results = [result('held', 'pass'), result('unclear', 'inconclusive')];
  const causes = (...required: string[]) => causesOf(results, new Set(required));
  t.same(causes(), []);
  t.same(causes('held'), []);
  t.same(causes('unclear'), [{ kind: 'inconclusive', text: 'unclear is inconclusive: why' }]);
  t.same(causes('held', 'left-out'), [{ kind: 'failed', text: 'left-out is required and was not selected' }]);
  t.match(causes('one', 'two'), [{ kind: 'failed', text: 'one, two are required and were not selected' }]);
});
