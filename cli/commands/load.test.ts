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
  t.match(await problemsOf(['restart-mid-run', '--self', '--plan', join(dir, 'none')]), [{ found: /ENOENT/ }]);
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
