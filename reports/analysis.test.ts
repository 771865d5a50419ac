import t from 'tap';
import { bySection, failureGroups, unobservedRows } from './analysis.ts';
import { formatBytes, formatMs, formatRate } from './format.ts';
import { healingOf } from './narrative.ts';
import { clip, printable } from './printable.ts';
import { passingChecks, resumeTranscript, withCheck } from './test-support/sample-checks.ts';
import { SAMPLE_FAULTS, SAMPLE_LOAD } from './test-support/sample-load.ts';
import { SAMPLE_ROWS } from './test-support/sample-rows.ts';
import { emptyRun, failingRun, loadRun, passingRun } from './test-support/sample-result.ts';
import { sample, witnessTest } from './transcript-text.ts';
import { budgetsOf, rerunCommand, standingOf, verdictOf } from './verdict.ts';
import type { ThresholdResult } from '../harness/result.ts';

t.test(
  'what was not observed is told of MUST rows alone, once per cause, with the most useful cause first',
  async (t) => {
    const missing = { outcome: 'not-observed', reason: 'no-hook', observed: 'hooks.kill is not configured' } as const;
    let checks = withCheck(passingChecks(), 'DUR-01', missing);
    checks = withCheck(checks, 'LIM-10', { outcome: 'not-applicable', reason: 'no-capability' });
    checks = withCheck(checks, 'DUR-10', missing);
    checks = withCheck(checks, 'FLU-01', { outcome: 'inconclusive', reason: 'setup-start' });
    t.same(unobservedRows({ ...emptyRun(), checks }, SAMPLE_ROWS), [
      { kind: 'inconclusive', cause: 'setup start', counted: true, rows: ['FLU-01'] },
      { kind: 'not-observed', cause: 'hooks.kill is not configured', counted: true, rows: ['DUR-01'] },
      { kind: 'not-applicable', cause: 'the target does not declare "limits"', counted: false, rows: ['LIM-10'] },
      { kind: 'excluded', cause: 'no trace leaves the wire, so none can be judged', counted: false, rows: ['OPS-08'] },
    ]);
  },
);

t.test('a row that one of its checks observed is observed', async (t) => {
  const [first] = passingChecks();
  const second = {
    ...first,
    outcome: 'not-observed' as const,
    reason: 'no-hook',
    observed: 'hooks.kill is not configured',
  };
  const rows = SAMPLE_ROWS.filter((row) => row.id === 'TRN-01');
  t.same(unobservedRows({ ...emptyRun(), checks: [first, second] as never }, rows), []);
  t.same(unobservedRows({ ...emptyRun(), checks: [second] as never }, rows).length, 1);
});

t.test('failures by cause: what makes the run red first, the larger group before the smaller', async (t) => {
  const groups = failureGroups(failingRun().checks).map(({ standing, reason, checks }) => [
    standing,
    reason,
    checks.length,
  ]);
  t.same(groups, [
    ['failure', 'event-doubled', 2],
    ['failure', 'existence-leaked', 1],
    ['warning', 'histogram-missing', 1],
    ['expected', 'retry-after-missing', 1],
  ]);
});

t.test('an expected failure that passes is a failure of its own', async (t) => {
  const checks = withCheck(passingRun().checks, 'RPL-01', { expected_failure: 'known' });
  t.equal(failureGroups(checks)[0]?.standing, 'unexpected-pass');
  const recommended = passingChecks().find((check) => check.level === 'SHOULD');
  t.equal(standingOf({ ...recommended, outcome: 'fail' } as never), 'warning');
});

t.test('every check is counted in exactly one section', async (t) => {
  const { checks } = failingRun();
  const tables = bySection([...checks, { ...checks[0], rows: [] } as never]);
  t.equal(
    tables.reduce((sum, table) => sum + table.checks.length, 0),
    checks.length + 1,
  );
  t.equal(tables.at(-1)?.section, null);
});

t.test(
  'what came after a heal belongs to the fault that healed then, in whatever order they were planned',
  async (t) => {
    const [kill, first, second] = SAMPLE_FAULTS;
    if (kill === undefined || first === undefined || second === undefined) throw new Error('the sample has three');
    const planned = [{ ...kill, healed_ms: 20_000 }, { ...kill, healed_ms: null }, first, second];
    const healing = healingOf({ ...loadRun(), faults: planned });
    t.same(
      planned.map((fault) => healing.get(fault)),
      [480, undefined, 640, 210],
      'they healed in the order first, second, kill',
    );
  },
);

t.test('budgets: margin by direction, a limit of 0, no samples, a saturated generator', async (t) => {
  const base: ThresholdResult = {
    expression: 'x: p(95)<1s',
    metric: 'x',
    value: 400,
    limit: 1_000,
    unit: 'ms',
    ok: true,
  };
  const budget = (threshold: ThresholdResult) => budgetsOf({ ...emptyRun(), thresholds: [threshold] })[0];
  t.match(budget(base), { state: 'held', value: '400 ms', margin: '60 % to spare', share: 0.4 });
  t.match(budget({ ...base, value: 1_830, ok: false }), { state: 'breached', value: '1.83 s', margin: '83 % over' });
  t.match(budget({ ...base, value: null, ok: false }), {
    state: 'no-samples',
    value: 'no samples',
    margin: '',
    share: null,
  });
  const counter = { ...base, expression: 'lost: count==0', limit: 0, unit: 'count' as const };
  t.match(budget({ ...counter, value: 0 }), { margin: 'exactly met', share: null });
  t.match(budget({ ...counter, value: 3, ok: false }), { margin: '3 off' });
  const rate = { ...base, expression: 'accepted: rate>0.99', limit: 0.99, unit: 'rate' as const };
  t.match(budget({ ...rate, value: 0.5, ok: false }), { value: '50 %', margin: '49 % short' });
  const per_second = { ...base, expression: 'published: rate>55', limit: 55, unit: 'per-second' as const };
  t.match(budget({ ...per_second, value: 59.3 }), { value: '59.3/s' });
  const saturated = { ...SAMPLE_LOAD, health: { ...SAMPLE_LOAD.health, saturated: true } };
  const thresholds = [base, { ...base, ok: false }, { ...base, value: null, ok: false }, { ...counter, value: 0 }];
  t.same(
    budgetsOf({ ...emptyRun(), load: saturated, thresholds }).map(({ state, symbol }) => state + symbol),
    ['void?', 'void?', 'no-samples?', 'held✓'],
    'a saturated generator proves no time, but what was lost',
  );
});

t.test('the verdict word comes once, and a load run needs no coverage', async (t) => {
  t.match(verdictOf(failingRun()), { word: 'FAILED', sentence: /^live events/ });
  t.match(verdictOf({ ...failingRun(), headline: 'FAILED (99): p95 is high' }), { sentence: 'p95 is high' });
  t.match(verdictOf({ ...passingRun(), headline: 'SSE: all of it holds' }), { sentence: 'SSE: all of it holds' });
  t.equal(verdictOf(loadRun()).word, 'PASSED');
});

t.test('a run is repeated with its seed, which stands in the command once', async (t) => {
  const { manifest } = passingRun();
  const withCommand = (command: string) => rerunCommand({ ...passingRun(), manifest: { ...manifest, command } });
  t.equal(withCommand('streamproof demo'), 'streamproof demo --seed 42');
  t.equal(withCommand('streamproof demo --seed 42'), 'streamproof demo --seed 42');
  t.equal(withCommand('streamproof demo --seed=42'), 'streamproof demo --seed=42');
  t.equal(withCommand('streamproof report --seeds'), 'streamproof report --seeds --seed 42');
});

t.test('numbers carry their unit and three significant digits', async (t) => {
  t.same([0, 0.4567, 9.14, 999.4, 1_830, 118_000, 125_000, -1_500].map(formatMs), [
    '0 ms',
    '0.457 ms',
    '9.14 ms',
    '999 ms',
    '1.83 s',
    '118 s',
    '2 min 5 s',
    '-1.5 s',
  ]);
  t.same([512, 2_048, 3_670_016].map(formatBytes), ['512 B', '2 KiB', '3.5 MiB']);
  t.equal(formatRate(0.9987), '99.9 %');
});

t.test(
  'text: what hides or moves is escaped, other scripts and emoji are not; cutting splits no character',
  async (t) => {
    t.equal(printable('añ 日本 😀\t\u0085\u200b\ud800'), 'añ 日本 😀\\t\\x85\\u{200b}\\u{d800}');
    t.equal(clip('ab😀cd', 3), 'ab… (4 more characters)');
    t.equal(clip('abc', 3), 'abc');
  },
);

t.test('a long list keeps its beginning, its end, and what matters between them', async (t) => {
  const list = Array.from({ length: 100 }, (_, index) => index);
  t.same(sample(list, 9), [
    { skipped: 0, items: [0, 1, 2] },
    { skipped: 91, items: [94, 95, 96, 97, 98, 99] },
  ]);
  t.same(
    sample(list, 9, (item) => item === 40 || item === 50),
    [
      { skipped: 0, items: [0, 1, 2] },
      { skipped: 46, items: [49, 50, 51] },
      { skipped: 45, items: [97, 98, 99] },
    ],
  );
  t.same(sample(list, 100), [{ skipped: 0, items: list }]);
  for (const focus of list) {
    for (const limit of [3, 4, 9, 50, 99]) {
      const segments = sample(list, limit, (item) => item === focus);
      const kept = segments.flatMap(({ items }) => items);
      const total = segments.reduce((sum, { skipped, items }) => sum + skipped + items.length, 0);
      if (!kept.includes(focus) || kept.length > limit || total !== 100 || new Set(kept).size !== kept.length) {
        t.fail(`limit ${limit}, focus ${focus}`, { segments });
      }
    }
  }
});

t.test('the evidence marks lines by offset and by event id, of what was received alone', async (t) => {
  const marked = (evidence: Record<string, number | string>) =>
    resumeTranscript(4)
      .filter(witnessTest({ evidence }))
      .map((line) => line.offset);
  t.same(marked({ second_offset: 186 }), [186]);
  t.same(marked({ id: 4 }), [93, 186]);
  t.same(marked({ id: '5' }), [279]);
  t.same(marked({ offsets: 186, idle: 4 }), []);
});
