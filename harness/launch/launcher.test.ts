import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { parseConfig } from '../config/load-config.ts';
import { answersReady } from './instance-process.ts';
import { launch } from './launcher.ts';

const SERVER = `require('http').createServer((q, s) => s.end(String(process.pid))).listen(+process.argv[1], '127.0.0.1')`;
const AS_SAID = { hide: (said: string) => said };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function configFor(count: number, command = `exec '${process.execPath}' -e "${SERVER}" {port}`) {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const { config } = parseConfig(
    {
      url: `http://127.0.0.1:${String(ports[0])}`,
      instances: ports.map((port) => `http://127.0.0.1:${String(port)}`),
      start: { command, instances: count },
    },
    'x',
  );
  const { start } = config;
  if (start === undefined) throw new Error('no start');
  return { config, start, urls: ports.map((port) => new URL(`http://127.0.0.1:${String(port)}/`)) };
}

async function pidAt(url: URL): Promise<number> {
  return Number(await (await fetch(url)).text());
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

t.test('what we start can be killed, paused and started again, and is gone after disposal', async (t) => {
  const { config, start, urls } = await configFor(2);
  const [first, second] = urls as [URL, URL];
  const launched = await launch(config, start, AS_SAID);
  const before = await pidAt(first);
  await launched.hooks.kill(0);
  t.equal(await answersReady(first), false);
  t.equal(await answersReady(second), true, 'the other one is unharmed');
  await launched.hooks.start(0);
  t.not(await pidAt(first), before);
  await launched.hooks.pause(1);
  const [answer, late] = [pidAt(second), delay(50, 'late')];
  t.equal(await Promise.race([answer, late]), 'late', 'a paused process answers nothing');
  await launched.hooks.resume(1);
  const pid = await answer;
  await launched[Symbol.asyncDispose]();
  t.equal(alive(pid), false);
  t.equal(await answersReady(first), false);
});

t.test('starting one that runs and was not told to end does nothing', async (t) => {
  const { config, start, urls } = await configFor(1);
  const [url] = urls as [URL];
  await using launched = await launch(config, start, AS_SAID);
  const before = await pidAt(url);
  await launched.hooks.start(0);
  t.equal(await pidAt(url), before);
  await launched.hooks.terminate(0);
  await launched.hooks.start(0);
  t.not(await pidAt(url), before, 'one that was told to is waited for');
});

t.test('what a shell started dies with it', async (t) => {
  const { config, start, urls } = await configFor(1, `'${process.execPath}' -e "${SERVER}" {port} & wait`);
  await using launched = await launch(config, start, AS_SAID);
  const [url] = urls as [URL];
  await launched.hooks.kill(0);
  t.equal(await answersReady(url), false);
});

t.test('when one instance does not come up, none is left', async (t) => {
  // The second one gives up as soon as the first one listens.
  const script = `
    const fs = require('fs');
    const [port, instance] = process.argv.slice(1);
    if (instance === '1') setInterval(() => fs.existsSync('up') && process.exit(1), 10);
    else require('http').createServer((q, s) => s.writeHead(503).end()).listen(+port, '127.0.0.1', () => fs.writeFileSync('up', ''));`;
  const { config, start, urls } = await configFor(2, `exec '${process.execPath}' -e "${script}" {port} {instance}`);
  await t.rejects(launch(config, { ...start, cwd: t.testdir({}) }, AS_SAID), {
    name: 'LaunchError',
    message: /instance 1 exited/,
  });
  await t.rejects(fetch(urls[0] as URL), 'nobody listens any more');
});

t.test('a command that ends at once says what it said', async (t) => {
  const { config, start } = await configFor(1, 'echo port in use; exit 3');
  await t.rejects(launch(config, start, AS_SAID), { name: 'LaunchError', message: /port in use/ });
});

t.test('what a command said is quoted without secrets, also where its beginning was dropped', async (t) => {
  const script = `console.log('open sesame'.repeat(1000) + String.fromCharCode(10) + 'db://app:hunter2@db in use')`;
  const { config, start } = await configFor(1, `exec '${process.execPath}' -e "${script}"`);
  const hide = (said: string): string => said.replaceAll('in use', '‹hidden›');
  await t.rejects(launch(config, start, { hide }), { message: /It said: db:\/\/\*{3}@db ‹hidden›$/ });
});

t.test('instances need one URL each', async (t) => {
  const { config, start } = await configFor(2);
  await t.rejects(launch(config, { ...start, instances: 3 }, AS_SAID), {
    name: 'ConfigError',
    message: /start.instances/,
  });
});

t.test('children die with us, also when we are killed without a word', async (t) => {
  const guard = new URL('./group-guard.ts', import.meta.url).href;
  const script = `
    import { spawn } from 'node:child_process';
    const { GroupGuard } = await import(${JSON.stringify(guard)});
    const child = spawn('sleep', ['60'], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] });
    new GroupGuard().watch(child.pid);
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  t.equal(alive(Number(line.toString())), true);
  parent.kill('SIGKILL');
  // The grandchild holds the other end of this pipe: it closes when both are gone.
  await once(parent.stdout, 'close', { signal: AbortSignal.timeout(20_000) });
});
