import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { tinyServer } from '../harness/test-support/tiny-server.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function start(argv: readonly string[]) {
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdout.resume();
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, err }));
  return { child, ended };
}

t.test('wrong usage: exit 2, one message, no stack trace', async (t) => {
  for (const argv of [['conform', '--config', '/nonexistent.yaml'], ['nope'], ['conform', '--only', 'nope']]) {
    const { code, err } = await start(argv).ended;
    t.equal(code, 2, argv.join(' '));
    t.notMatch(err, /\n\s+at /);
  }
});

t.test('Ctrl-C in the middle of a check: the report is written, exit 130', async (t) => {
  let reached: () => void = () => undefined;
  const inCheck = new Promise<void>((resolve) => (reached = resolve));
  await using server = await tinyServer((request) => {
    if (request.url !== '/api/pipeline/start') return false;
    reached();
    return true;
  });
  const out = join(t.testdir({}), 'out');
  const { child, ended } = start(['conform', server.url, '--only', 'sse-content-type', '--out', out]);
  await inCheck;
  child.kill('SIGINT');
  const { code } = await ended;
  t.equal(code, 130);
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
  const { code } = await start(['conform', '--config', join(folder, 'c.json'), '--only', 'TRN-01', '--out', folder])
    .ended;
  t.equal(code, 3, 'it answers, but starts no stream');
  await t.rejects(fetch(probe.url));
});
