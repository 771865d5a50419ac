import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { deferred } from '../harness/deferred.ts';
import { tinyServer } from '../harness/test-support/tiny-server.ts';
import { startCli } from './test-support/cli-process.ts';

t.test('wrong usage: exit 2, one message, no stack trace', async (t) => {
  const wrong = [['conform', '--config', '/nonexistent.yaml'], ['nope'], ['conform', '--only', 'nope']];
  const ended = await Promise.all(wrong.map((argv) => startCli(argv).ended));
  t.strictSame(
    ended.map(({ code }) => code),
    [2, 2, 2],
  );
  for (const { err } of ended) t.notMatch(err, /\n\s+at /);
});

/** A run in the middle of its check: the server never answers the start. */
async function stuckInCheck(t: Test): Promise<ReturnType<typeof startCli> & { readonly out: string }> {
  const { promise: reached, resolve: reach } = deferred<undefined>();
  const server = await tinyServer((request) => {
    if (request.url !== '/api/pipeline/start') return false;
    reach(undefined);
    return true;
  });
  t.teardown(() => server[Symbol.asyncDispose]());
  const out = join(t.testdir({}), 'out');
  const started = startCli(['conform', server.url, '--only', 'sse-content-type', '--out', out]);
  await reached;
  return { ...started, out };
}

t.test('Ctrl-C in the middle of a check: the report is written, exit 130', async (t) => {
  const { child, ended, out } = await stuckInCheck(t);
  // npm hands on what the terminal has sent already: both ask for the same.
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { code } = await ended;
  t.equal(code, 130);
  t.equal(existsSync(join(out, 'report.html')), true);
});

t.test('Ctrl-C that ends the readers of both outputs too: the report is written, exit 130', async (t) => {
  const { child, ended, out } = await stuckInCheck(t);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.kill('SIGINT');
  t.equal((await ended).code, 130);
  t.equal(existsSync(join(out, 'report.html')), true);
});

t.test('processes that `start:` launched do not outlive the run', async (t) => {
  const probe = await tinyServer();
  const port = Number(new URL(probe.url).port);
  await probe[Symbol.asyncDispose]();
  const server = `require('http').createServer((q, s) => s.end(String(process.pid))).listen(${String(port)}, '127.0.0.1')`;
  const folder = t.testdir({
    'c.json': JSON.stringify({ url: probe.url, start: { command: `exec '${process.execPath}' -e "${server}"` } }),
  });
  const config = ['--config', join(folder, 'c.json')];
  const ended = await startCli(['conform', ...config, '--only', 'TRN-01', '--out', folder, '--wait', '1s']).ended;
  t.equal(ended.code, 3);
  t.match(ended.out, 'there is no service to judge', 'it was launched and answers, but starts no stream');
  await t.rejects(fetch(probe.url));
});
