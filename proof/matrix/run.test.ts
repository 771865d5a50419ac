import t from 'tap';
import { CHECKS } from '../../conformance/index.ts';
import type { CheckResult, Outcome } from '../../harness/result.ts';
import { unrun } from '../../harness/runner/run-check.ts';
import { tinyServer } from '../../harness/test-support/tiny-server.ts';
import { blame } from './judge-subject.ts';
import { summarise, type SubjectRow } from './run.ts';
import { flawOf, type Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

function asItMustBe({ name, kind, killed_by }: Subject): SubjectRow {
  const nothing = { problem: null, reason: null, observed: null, failed: [], surprises: [] };
  const verdict = killed_by === null ? null : { mutant: name, killed_by, killed: true, ...nothing };
  return { name, kind, verdict, blamed: [], full: false, attempts: 1, duration_ms: 1 };
}

t.test('only a matrix with a row for every subject is complete', async (t) => {
  const rows = SUBJECTS.map(asItMustBe);
  t.equal(summarise(SUBJECTS, rows, 1).complete, true);

  const mutants = SUBJECTS.filter(({ killed_by }) => killed_by !== null);
  t.equal(summarise(mutants, mutants.map(asItMustBe), 1).complete, false, 'a selection');

  for (const kind of ['clean', 'neutral', 'wire'] as const) {
    const left = rows.filter((row) => row.kind !== kind);
    const { complete, summary } = summarise(SUBJECTS, left, 1);
    t.equal(complete, false, `interrupted before those that are ${kind}`);
    t.match(summary, { mutants: mutants.length, neutrals: 12 }, 'they are missed');
  }
});

t.test('behind the proxy, a fault that crashed or never took effect proves nothing', async (t) => {
  const front = (failures: readonly unknown[], bit: boolean) => ({ failures: () => failures, bit: () => bit });
  t.equal(flawOf(front([], true)), null);
  t.match(flawOf(front([], false)), /never took effect/);
  t.match(flawOf(front([new TypeError('undefined is no block')], true)), /its fault failed: undefined is no block/);
});

t.test('who must be green is blamed for all that did not pass, but for what its target cannot have', async (t) => {
  await using server = await tinyServer();
  const target = server.target({ accounts: [] });
  const result = (id: string, outcome: Outcome): CheckResult => {
    const check = CHECKS.find((one) => one.id === id);
    if (check === undefined) throw new RangeError(id);
    return unrun(check, [], outcome, 'why', 'what');
  };
  const blamed = (...results: readonly CheckResult[]) => blame(results, target).map(({ check }) => check);
  for (const outcome of ['fail', 'inconclusive', 'not-observed', 'not-applicable'] as const) {
    t.same(blamed(result('sse-content-type', outcome)), ['sse-content-type'], outcome);
  }
  t.same(blamed(result('sse-content-type', 'pass'), result('foreign-not-found', 'not-observed')), []);
});
