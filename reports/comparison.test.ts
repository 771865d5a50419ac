import t from 'tap';
import { compareRuns } from './comparison.ts';
import { SAMPLE_LOAD } from './test-support/sample-load.ts';
import { demoRun, emptyRun, failingRun, loadRun, lossyRun, passingRun } from './test-support/sample-result.ts';

t.test('runs that asked different things have dropped and added nothing: they are not compared', async (t) => {
  const other = { ...loadRun(), load: { ...SAMPLE_LOAD, scenario: 'steady' } };
  for (const [what, previous, current] of [
    ['a load after a conformance run', passingRun(), loadRun()],
    ['a conformance run after a load', loadRun(), passingRun()],
    ['a load after the demo, which has both', demoRun(), loadRun()],
    ['another scenario', loadRun(), other],
    ['a run that selected nothing', passingRun(), emptyRun()],
    ['after one that selected nothing', emptyRun(), passingRun()],
  ] as const) {
    t.equal(compareRuns(previous, current), null, what);
  }
});

t.test('runs of the same kind: what changed, and what is gone', async (t) => {
  t.same(compareRuns(passingRun(), passingRun()), { outcomes: [], gone: [], values: [] });
  const fewer = { ...passingRun(), checks: passingRun().checks.slice(1) };
  const [dropped] = passingRun().checks;
  t.same(compareRuns(passingRun(), fewer)?.gone, [dropped?.id]);
  t.match(compareRuns(fewer, passingRun())?.outcomes, [{ check: { id: dropped?.id }, before: null }]);
  t.ok(compareRuns(passingRun(), failingRun())?.outcomes.some(({ before }) => before === 'pass'));
});

t.test('a load after the same load: the oracle’s verdicts and the latency', async (t) => {
  const { steady, ...phases } = SAMPLE_LOAD.phases;
  if (steady === undefined) throw new Error('the sample has a steady phase');
  const slower = { ...SAMPLE_LOAD, phases: { ...phases, steady: { ...steady, p95_ms: steady.p95_ms * 2 } } };
  t.match(compareRuns(loadRun(), { ...lossyRun(), load: slower }), {
    outcomes: [{ check: { id: 'oracle-nothing-lost', outcome: 'fail' }, before: 'pass' }],
    gone: [],
    values: [{ name: 'p95 event latency, steady', growth: 1 }],
  });
});
