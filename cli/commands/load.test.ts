import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { UsageError } from '../../harness/usage-error.ts';
import { runLine } from '../test-support/run.ts';

/** Nothing listens there: TCP port 9 is discard, which no machine serves any more. */
const NOWHERE = 'http://127.0.0.1:9';
const CONFIG = {
  url: NOWHERE,
  instances: [{ url: NOWHERE }, { url: NOWHERE }],
  capabilities: ['durable', 'shared-store'],
  hooks: { kill: { run: 'true' }, terminate: { run: 'true' }, start: { run: 'true' } },
  safety: { allow: ['append', 'load', 'disrupt'] },
};

async function problemsOf(argv: readonly string[]): Promise<UsageError['problems']> {
  try {
    await runLine(['load', ...argv]);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

t.test('the scenario: none, a mistyped one, and the list of them', async (t) => {
  t.match(await problemsOf([]), [{ field: 'scenario', found: 'none', accepted: /restart-mid-run/ }]);
  t.match(await problemsOf(['restart-mid-rnu', '--self']), [{ remedy: 'Did you mean "restart-mid-run"?' }]);
  t.match(await runLine(['load', '--list']), { exit_code: 0, out: /^restart-mid-run +publishes/ });
});

t.test('a bad plan is told place by place', async (t) => {
  const dir = t.testdir({});
  const plan = join(dir, 'plan.json');
  await writeFile(plan, JSON.stringify({ version: 1, steps: [{ trigger: { on: 'append', count: 0 }, fault: {} }] }));
  const problems = await problemsOf(['restart-mid-run', '--self', '--plan', plan]);
  t.match(
    problems.map(({ field }) => field),
    [`--plan ${plan}, steps[0].trigger.count`, `--plan ${plan}, steps[0].fault.kind`],
  );
  t.notMatch(JSON.stringify(problems), /✖|\\n/);
  t.match(problems[0], { found: '0', accepted: /1/ });
  t.match(problems[1], { found: 'nothing', accepted: /rolling-restart/ });
  t.match(await problemsOf(['restart-mid-run', '--self', '--plan', join(dir, 'none')]), [{ found: /ENOENT/ }]);
  for (const planless of [{ plan: null }, { manifest: { plan: null, seed: 1 }, plan: 3 }]) {
    await writeFile(plan, JSON.stringify(planless));
    const none = await problemsOf(['restart-mid-run', '--self', '--plan', plan]);
    t.match(none, [{ field: '--plan', found: /this run had no plan/, accepted: /of a load/ }]);
  }
  await writeFile(plan, '3');
  t.match(await problemsOf(['restart-mid-run', '--self', '--plan', plan]), [{ found: '3', accepted: /object/ }]);
});

t.test('thresholds of the command line and of the config are read before the target is touched', async (t) => {
  const dir = t.testdir({});
  const config = join(dir, 'target.json');
  await writeFile(config, JSON.stringify({ ...CONFIG, thresholds: { event_latency: ['p95<1s'] } }));
  const line = ['restart-mid-run', '--config', config, '--out', dir];
  t.match(await problemsOf([...line, '--threshold', 'lots: count==0']), [{ remedy: 'Did you mean "lost"?' }]);
  t.match(await problemsOf(line), [{ field: /^thresholds\["event_latency"\]\[0\]/, found: /p95/ }]);
  await writeFile(config, JSON.stringify({ ...CONFIG, thresholds: { event_latency: 'p(95)<1s' } }));
  t.match(await problemsOf(line), [{ field: 'thresholds.event_latency', accepted: /list of assertions/ }]);
  await writeFile(config, JSON.stringify(CONFIG));
  t.match(await problemsOf([...line, '--threshold', 'queue_depth{source:target}: value<9']), [{ found: /"metrics"/ }]);
});

t.test(
  'a target that does not answer is inconclusive, with no pass, and can be asked again the same way',
  async (t) => {
    const dir = t.testdir({});
    const config = join(dir, 'target.json');
    await writeFile(config, JSON.stringify(CONFIG));
    const line = ['restart-mid-run', '--config', config, '--out', dir, '--wait', '1ms', '--seed', '7'];
    const { exit_code, out } = await runLine(['load', ...line, '--threshold', 'lost: count==0']);
    t.equal(exit_code, 3);
    t.match(out, /INCONCLUSIVE.*127\.0\.0\.1:9\/ did not answer/);
    t.match(out, /^Again: .*--threshold 'lost: count==0'/m);
    const saved = JSON.parse(await readFile(join(dir, 'result.json'), 'utf8')) as {
      summary: unknown;
      checks: unknown[];
    };
    t.match(saved, { summary: { pass: 0 }, checks: [] });
  },
);

t.test('every mistake on the command line is told before a target is looked for', async (t) => {
  const folder = t.testdir({ file: '' });
  // No target could be had from this.
  const line = ['restart-mid-run', '--config', join(folder, 'none.yaml')];
  const cases: [string[], object][] = [
    [['--duration', '500ms'], { field: '--duration', found: '500 ms', accepted: /at least/ }],
    [['--duration', '9999m'], { field: '--duration', found: /events/, accepted: /at most/ }],
    [['--reporter', 'xml=a'], { field: '--reporter' }],
    [['--reporter', `junit=${join(folder, 'file', 'junit.xml')}`], { field: '--reporter' }],
    [['--out', join(folder, 'file', 'out')], { field: '--out' }],
    [['--abort-on-fail'], { field: '--abort-on-fail', found: /without --threshold/, accepted: /abortOnFail/ }],
  ];
  for (const [argv, problem] of cases) {
    const out = argv.includes('--out') ? [] : ['--out', folder];
    t.match(await problemsOf([...line, ...argv, ...out]), [problem], argv.join(' '));
  }
  t.same(readdirSync(folder), ['file'], 'and nothing is left behind');
  const [missing, ...others] = await problemsOf(['restart-mid-run', '--config', join(folder, 'none.yaml')]);
  t.match([missing?.found, others], [/ENOENT/, []]);
});

t.test('without a target it says what this command takes', async (t) => {
  const folder = t.testdir({});
  const here = process.cwd();
  process.chdir(folder);
  t.teardown(() => {
    process.chdir(here);
  });
  const [problem] = await problemsOf(['restart-mid-run', '--out', folder]);
  t.match(problem, { field: 'target', accepted: /^--config FILE or --self$/, remedy: /streamproof load / });
  t.notMatch(problem?.found, 'URL');
  await t.rejects(runLine(['conform', '--out', folder]), {
    message: /a URL, --config FILE.*streamproof conform http/s,
  });
});
