import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RunResult } from '../../harness/result.ts';
import { tinyServer } from '../../harness/test-support/tiny-server.ts';
import { runLine } from '../test-support/run.ts';

const CHECK = ['--only', 'sse-content-type'];

function resultIn(folder: string): RunResult {
  return JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as RunResult;
}

t.test('a URL and a header are enough for a verdict, a folder of reports, and no secret anywhere', async (t) => {
  await using server = await tinyServer();
  const out = join(t.testdir({}), 'out');
  const junit = join(out, 'deep', 'junit.xml');
  const line = ['conform', server.url, '-H', 'Authorization: Bearer s3cret', ...CHECK, '--out', out, '--seed', '5'];
  const { exit_code, out: shown, err } = await runLine([...line, '--reporter', `junit=${junit}`]);
  t.equal(exit_code, 0, err);
  t.match(shown, 'PASSED');
  t.match(err, 'seed 5');
  t.match(err, 'Runs 1 check: creates at most 1 stream');
  t.equal(server.jobs.size, 0);
  t.match(resultIn(out), { manifest: { seed: 5 }, summary: { pass: 1 }, exit_code: 0 });
  const files = [
    'report.html',
    'junit.xml',
    'results.tap',
    'summary.md',
    'history.jsonl',
    'manifest.json',
    'result.json',
  ];
  for (const file of files) t.notMatch(readFileSync(join(out, file), 'utf8'), 's3cret', file);
  t.match(readFileSync(junit, 'utf8'), '<testsuite');
});

t.test('a failure is exit 1 and says how to replay just this check', async (t) => {
  await using server = await tinyServer((request, response) => {
    if (request.url?.endsWith('/stream') !== true) return false;
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end();
    return true;
  });
  const folder = t.testdir({ 'f.yaml': 'sse-content-type: known' });
  const options = ['--out', folder, '--seed', '5', '--no-reference'];
  const line = ['conform', server.url, '-H', 'Authorization: Bearer s3cret', ...options];
  const { exit_code, out } = await runLine([...line, ...CHECK]);
  t.equal(exit_code, 1);
  t.match(out, `conform ${server.url} -H 'Authorization: ***' --only sse-content-type --seed 5`);
  t.match(resultIn(folder).checks[0], { outcome: 'fail', evidence: { value: 'text/plain' } });
  t.notMatch(readFileSync(join(folder, 'result.json'), 'utf8'), 's3cret');
  const again = await runLine([...line, '--failed', '--json']);
  t.same(
    (JSON.parse(again.out) as RunResult).checks.map(({ id }) => id),
    ['sse-content-type'],
  );
  const expected = await runLine([...line, ...CHECK, '--expected-failures', join(folder, 'f.yaml')]);
  t.equal(expected.exit_code, 0);
  const repeated = await runLine([...line, ...CHECK, '--repeat', '2', '--json']);
  t.match((JSON.parse(repeated.out) as RunResult).checks[0]?.repeats, { passed: 0, total: 2 });
});

t.test('beside a failure stands the same exchange with the healthy reference', async (t) => {
  await using server = await tinyServer((request, response) => {
    if (request.url?.endsWith('/stream') !== true) return false;
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end();
    return true;
  });
  const folder = t.testdir({});
  const { out, err } = await runLine(['conform', server.url, ...CHECK, '--out', folder]);
  t.match(err, 'the same with the healthy reference');
  const [failed] = resultIn(folder).checks;
  const lines = failed?.reference_transcript ?? [];
  const note = failed?.reference_note ?? 'no note';
  // A machine too busy to have it in time says so, and nothing else excuses it.
  if (/^it was not done within \d+ ms$/.test(note)) t.comment(note);
  else
    t.ok(
      lines.some(({ text }) => text.includes('text/event-stream')),
      note,
    );
  t.match(out, /with the healthy reference:/);
  t.match(readFileSync(join(folder, 'report.html'), 'utf8'), /with (the|a) healthy reference/);
});

t.test('a config file is the target; the URL and headers of the command line win', async (t) => {
  await using server = await tinyServer();
  const folder = t.testdir({});
  const file = join(folder, 'c.yaml');
  writeFileSync(file, `url: http://127.0.0.1:9\nname: mine\naccounts: [{ account_id: a, key: s3cret }]\n`);
  const { exit_code, out } = await runLine([
    'conform',
    server.url,
    '--config',
    file,
    ...CHECK,
    '--out',
    folder,
    '--json',
  ]);
  t.equal(exit_code, 0);
  t.match(JSON.parse(out), { manifest: { target: { name: 'mine', url: `${server.url}/` } } });
  t.notMatch(out, 's3cret');
});

t.test('a header of the command line takes the place of its namesake, however it is written', async (t) => {
  const seen = new Set<string>();
  await using server = await tinyServer((request) => {
    const sent = request.rawHeaders.filter((_, index) => request.rawHeaders[index - 1]?.toLowerCase() === 'x-key');
    if (request.url?.startsWith('/api/') === true) seen.add(sent.join());
    return false;
  });
  const folder = t.testdir({ 'c.json': JSON.stringify({ url: server.url, headers: { 'x-key': 'file' } }) });
  const config = ['--config', join(folder, 'c.json')];
  await runLine(['conform', ...config, '-H', 'X-Key: line', ...CHECK, '--out', folder]);
  t.same([...seen], ['line']);
});

t.test('what is required and not selected is red', async (t) => {
  await using server = await tinyServer();
  const { exit_code, out } = await runLine([
    'conform',
    server.url,
    ...CHECK,
    '--require',
    'ISO-01,TRN-01',
    '--out',
    t.testdir({}),
  ]);
  t.equal(exit_code, 1);
  t.match(out, /required and w(as|ere) not selected/);
});

t.test('--list and --dry-run send nothing', async (t) => {
  await using server = await tinyServer();
  t.match((await runLine(['conform', '--list', '--only', 'TRN'])).out, /sse-content-type +TRN-01 /);
  const { out, exit_code } = await runLine(['conform', server.url, ...CHECK, '--dry-run']);
  t.equal(exit_code, 0);
  t.match(out, `POST ${server.url}/api/pipeline/start {"producer":"api"}`);
  t.match(out, 'Nothing was sent.');
  t.same(server.requests, []);
});

t.test('an unreachable target is exit 3, an interrupted run 130, both with a report', async (t) => {
  const folder = t.testdir({});
  const line = ['conform', 'http://127.0.0.1:1', ...CHECK, '--out', folder, '--wait', '100ms'];
  t.equal((await runLine(line)).exit_code, 3);
  t.match(resultIn(folder), { summary: { pass: 0 }, exit_code: 3 });
  t.equal((await runLine(line, { signal: AbortSignal.abort() })).exit_code, 130);
  t.match(resultIn(folder), { exit_code: 130 });
});

t.test('every mistake is told before anything starts', async (t) => {
  const folder = t.testdir({ 'bad.yaml': 'url: [', 'unset.yaml': 'url: ${STREAMPROOF_TEST_UNSET}', dir: { file: '' } });
  const cases: [string[], RegExp][] = [
    [['--only', 'sse-content-typ'], /"sse-content-type"/],
    [['--require', 'ISSO'], /--require/],
    [['--seed', 'x'], /--seed/],
    [['--repeat', '0'], /--repeat/],
    [['--wait', '1'], /--wait/],
    [['--expected-failures', 'none.yaml'], /--expected-failures/],
    [['--config', join(folder, 'none.yaml')], /none.yaml cannot be used/],
    [['--config', join(folder, 'bad.yaml')], /bad.yaml cannot be used/],
    [['--config', join(folder, 'unset.yaml')], /STREAMPROOF_TEST_UNSET is not set/],
    [['ftp://x'], /url: found "ftp:/],
    [['http://x/?a=b'], /url: found "http:.*Leave out the query/],
    [['http://x', '--self'], /--self/],
    [['--self', '-H', 'X: y'], /--header: found a header beside --self/],
    [['--self', '--defect', 'resume-inclusiv'], /"resume-inclusive"/],
    [['--self', '--store', 'redis'], /--store/],
    [['http://x', '--store', 'memory'], /--store/],
    [['http://x', '-H', 'nocolon'], /--header/],
    [['http://x', '-H', 'X: a\ny'], /--header/],
    [['http://x', '--reporter', 'xml=a'], /--reporter/],
    [['http://x', '--reporter', `junit=${join(folder, 'dir')}`], /--reporter: found EISDIR/],
    [['http://x', '--reporter', `junit=${join(folder, 'dir', 'file', 'x')}`], /--reporter: found ENOTDIR/],
    [['http://x', '--reporter', `junit=${folder}/out`, '--out', `${folder}/out/1`], /--reporter: .*a folder of --out/],
    [['--failed', '--out', folder], /--failed/],
  ];
  for (const [argv, message] of cases) {
    await t.rejects(
      runLine(['conform', ...argv, ...(argv.includes('--out') ? [] : ['--out', folder])]),
      { message },
      argv.join(' '),
    );
  }
  t.equal(existsSync(join(folder, 'result.json')), false);
});
