import { join } from 'node:path';
import t, { type Test } from 'tap';
import { isAlive } from '../../reference-server/cluster/test-support/cluster.ts';
import { startCli, type CliProcess } from '../test-support/cli-process.ts';
import { runLine } from '../test-support/run.ts';

/** A loader hook under which no process, child or thread finds the package. */
const ABSENT = `export const resolve = (name, context, next) => {
  if (name !== 'better-sqlite3') return next(name, context);
  throw Object.assign(new Error("Cannot find package 'better-sqlite3'"), { code: 'ERR_MODULE_NOT_FOUND' });
};`;

const script = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

const WITHOUT_DRIVER = {
  NODE_OPTIONS: [
    process.env['NODE_OPTIONS'] ?? '',
    `--import=${script(`import { register } from 'node:module'; register(${JSON.stringify(script(ABSENT))});`)}`,
  ].join(' '),
};

interface Serving extends CliProcess {
  readonly url: string;
  readonly key: string;
  readonly ingress_pid: number;
  readonly instance_pids: readonly number[];
}

async function serve(t: Test, env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const serving = startCli(['serve', '--store', 'memory', '--port', '0', '--dir', t.testdir({})], env);
  t.teardown(async () => {
    serving.child.kill('SIGTERM');
    await serving.ended;
  });
  const [, url = ''] = await serving.said(/^ready (\S+)$/m);
  const [, key = ''] = await serving.said(/^key +(\S+)/m);
  const [, ingress, instances = ''] = await serving.said(/^process (\d+) ingress, ([\d ]+) instances$/m);
  return { ...serving, url, key, ingress_pid: Number(ingress), instance_pids: instances.split(' ').map(Number) };
}

t.test('SIGTERM ends it in order: exit 0, no process left', async (t) => {
  const { child, ended, url, ingress_pid, instance_pids } = await serve(t);
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  child.kill('SIGTERM');
  t.match(await ended, { code: 0, err: /stopping/ });
  t.strictSame([ingress_pid, ...instance_pids].map(isAlive), [false, false]);
});

t.test('a config that cannot be written is told before anything is booted', async (t) => {
  const folder = t.testdir({ file: '' });
  const line = ['serve', '--store', 'memory', '--port', '0', '--dir', folder, '--write-config'];
  const message = /--write-config: found E(ISDIR|NOTDIR).*accepted: a path that can be written/;
  await t.rejects(runLine([...line, folder]), { name: 'UsageError', message });
  await t.rejects(runLine([...line, join(folder, 'file', 'c.yaml')]), { name: 'UsageError', message });
});

t.test('an ingress that dies ends it: it says why, exit 3, no process left', async (t) => {
  const { ended, ingress_pid, instance_pids } = await serve(t);
  process.kill(ingress_pid, 'SIGKILL');
  t.match(await ended, { code: 3, err: /The ingress exited \(SIGKILL\); no request can arrive/ });
  t.equal(instance_pids.length, 1);
  t.strictSame(instance_pids.map(isAlive), [false]);
});

t.test('without better-sqlite3', async (t) => {
  await t.test('the sqlite store is refused: what is missing and how to get it, exit 2', async (t) => {
    const dir = t.testdir({});
    const { code, out, err } = await startCli(
      ['serve', '--store', 'sqlite', '--port', '0', '--dir', dir],
      WITHOUT_DRIVER,
    ).ended;
    t.equal(code, 2);
    t.match(err, /needs the optional package better-sqlite3.*Cannot find package.*npm install better-sqlite3@/s);
    t.notMatch(err, /\n\s+at /);
    t.equal(out, '');
  });

  await t.test('the memory store serves, and conform judges it', async (t) => {
    const { url, key } = await serve(t, WITHOUT_DRIVER);
    const out = join(t.testdir({}), 'out');
    const only = ['--only', 'sse-content-type', '--out', out];
    const judged = await startCli(['conform', url, '-H', `Authorization: Bearer ${key}`, ...only], WITHOUT_DRIVER)
      .ended;
    t.equal(judged.code, 0, judged.err);
    t.match(judged.out, /1 pass/);
  });
});
