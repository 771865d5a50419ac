import t from 'tap';
import { Parser } from 'tap-parser';
import { renderGithub, renderStepSummary } from './github.ts';
import { renderJunit } from './junit.ts';
import { renderTap } from './tap.ts';
import { SAMPLE_ROWS } from './test-support/sample-rows.ts';
import { demoRun, failingRun, hostileRun, loadRun, passingRun, SAMPLES } from './test-support/sample-result.ts';
import { parseXml } from './test-support/xml.ts';
import type { RunResult } from '../harness/result.ts';

const context = { rows: SAMPLE_ROWS };

function parseTap(result: RunResult) {
  const text = renderTap(result, context);
  const parser = new Parser({ strict: true });
  const names: string[] = [];
  const diagnosed: unknown[] = [];
  parser.on('assert', (point: Readonly<{ name: string; ok: boolean; diag: unknown }>) => {
    names.push(point.name);
    if (!point.ok) diagnosed.push(point.diag);
  });
  return new Promise<{
    text: string;
    names: string[];
    diagnosed: unknown[];
    results: { ok: boolean; count: number; skip: number; todo: number; failures: unknown[] };
  }>((resolve) => {
    parser.on('complete', (results) => {
      resolve({ text, names, diagnosed, results: results as never });
    });
    parser.end(text);
  });
}

t.test('TAP is valid and red exactly when the exit code is not 0', async (t) => {
  for (const [name, build] of Object.entries(SAMPLES)) {
    const result = build();
    const { results } = await parseTap(result);
    t.equal(results.ok, result.exit_code === 0, `${name}: ok`);
    t.equal(
      results.count,
      result.checks.length + result.thresholds.length + 1,
      `${name}: one point per check and budget, and the run`,
    );
  }
});

t.test('TAP: what does not count is TODO, what was not observed is SKIP, a failure has its diagnostics', async (t) => {
  const { results, diagnosed } = await parseTap(failingRun());
  t.equal(results.todo, 2, 'a SHOULD that fails and an expected failure');
  t.equal(results.skip, 3);
  t.match(diagnosed[0], { severity: 'error', observed: 'POST /api/jobs answered 500' });
  t.match(diagnosed[1], { severity: 'failed', expected: /each event once/, transcript: [/resume after/] });
});

t.test('TAP: a hostile target adds no point and changes no outcome', async (t) => {
  const { text, names, results } = await parseTap(hostileRun());
  t.equal(results.count, names.length);
  t.notOk(names.some((name) => name.startsWith('forged')));
  t.notMatch(text, /\x1b|\u0000|\u202e/);
});

t.test('TAP: a name cannot carry a directive', async (t) => {
  const base = loadRun();
  const thresholds = base.thresholds.map((threshold) => ({ ...threshold, expression: 'lost # TODO later', ok: false }));
  const { results } = await parseTap({ ...base, thresholds, exit_code: 99 });
  t.equal(results.todo, 0);
  t.equal(results.failures.length, thresholds.length + 1);
});

t.test('JUnit is well-formed and its counts are those of its cases', async (t) => {
  for (const [name, build] of Object.entries(SAMPLES)) {
    const result = build();
    const elements = parseXml(renderJunit(result, context));
    const count = (element: string) => elements.filter((one) => one.name === element).length;
    const root = elements[0]?.attributes ?? {};
    t.match(
      root,
      {
        tests: `${count('testcase')}`,
        failures: `${count('failure')}`,
        errors: `${count('error')}`,
        skipped: `${count('skipped')}`,
      },
      name,
    );
    t.equal(
      count('failure') + count('error') === 0,
      result.exit_code === 0,
      `${name}: red exactly when the exit code is not 0`,
    );
  }
});

t.test('JUnit: the time of the whole is the run’s, and the cases add up to it', async (t) => {
  const apart = passingRun().checks.map((check) => ({ ...check, duration_ms: 100 }));
  const sequential = { ...passingRun(), checks: apart };
  const demo = { ...demoRun(), checks: [...apart, ...loadRun().checks] };
  for (const [name, result] of Object.entries({ load: loadRun(), demo, sequential })) {
    const elements = parseXml(renderJunit(result, context));
    const cases = elements.filter((element) => element.name === 'testcase');
    const sum_ms = cases.reduce((sum, { attributes }) => sum + Math.round(Number(attributes['time']) * 1000), 0);
    t.equal(elements[0]?.attributes['time'], (result.duration_ms / 1000).toFixed(3), `${name}: the whole`);
    t.equal(sum_ms, result.duration_ms, `${name}: the sum`);
  }
  const [root, ...rest] = parseXml(renderJunit(passingRun(), context));
  t.equal(root?.attributes['time'], '11.840', 'side by side its checks took longer than the run');
  t.match(rest.at(-1)?.attributes, { name: 'the run as a whole', time: '0.000' }, 'which leaves nothing for it');
});

t.test('JUnit: a failure says what was required, expected and observed', async (t) => {
  const text = renderJunit(failingRun(), context);
  t.match(
    text,
    /name="RPL-04 event-lost-doubled-where"[^>]*><failure message="Event doubled">requirement: RPL-04 No event is lost/,
  );
  t.match(text, /classname="streamproof\.ISO"/);
});

t.test('the reader of XML refuses what is not XML', async (t) => {
  for (const bad of ['<a>', '<a></b>', '<a>&x;</a>', '<a>]]></a>', '<a b="<"/>', '<a>\u0000</a>', '<a b=c/>']) {
    t.throws(() => parseXml(bad), SyntaxError, JSON.stringify(bad));
  }
});

t.test('GitHub: every line is one workflow command of ours', async (t) => {
  for (const [name, build] of Object.entries(SAMPLES)) {
    for (const line of renderGithub(build(), context).trimEnd().split('\n')) {
      t.match(line, /^::(error|warning|notice) title=[^:,\r]+::[^\r]+$/, name);
      t.notMatch(line, /##\[/, `${name}: no command in the older form`);
    }
  }
});

t.test('GitHub: the headline comes first, percent signs and line breaks are escaped', async (t) => {
  const [first = '', ...rest] = renderGithub(failingRun(), context).split('\n');
  t.match(first, /^::error title=streamproof%3A FAILED::live events arrive twice.*%0A/);
  t.match(rest.join('\n'), /::warning title=OPS-06 event-latency-histogram::Requirement/);
  t.notMatch(rest.join('\n'), /LIM-08/, 'an expected failure annotates nothing');
  t.match(renderGithub({ ...passingRun(), headline: 'at 100%0A' }, context), /::notice .*at 100%250A/);
});

t.test('GitHub: more than ten of a kind are counted in the tenth', async (t) => {
  const result = loadRun();
  const [threshold] = result.thresholds;
  const breached = Array.from({ length: 30 }, (_, index) => ({
    ...threshold,
    expression: `lost: count==${index}`,
    ok: false,
  }));
  const lines = renderGithub({ ...result, exit_code: 99, thresholds: breached as never }, context)
    .trimEnd()
    .split('\n');
  t.equal(lines.length, 10);
  t.match(lines[9], /::error title=22 more::Budget lost.*%0ABudget lost/);
});

t.test('GitHub: the step summary stays below 1 MiB and says that it was cut', async (t) => {
  const result = failingRun();
  const failed = result.checks.find((check) => check.outcome === 'fail');
  const checks = Array.from({ length: 1_200 }, () => failed).flatMap((check) => check ?? []);
  const summary = renderStepSummary({ ...result, checks }, context);
  t.ok(Buffer.byteLength(summary) < 1_048_576);
  t.match(summary, /The summary is cut here/);
  t.equal(summary.split('<details>').length, summary.split('</details>').length, 'no block is left open');
  t.notMatch(renderStepSummary(result, context), /The summary is cut here/);
});
