import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ConfigError } from '../config.ts';
import { ClusterError } from './child.ts';
import { eventually, isAlive, testCluster } from './test-support/cluster.ts';

t.test('says no to what cannot be', async (t) => {
  await t.rejects(testCluster(t, { store: 'memory', instances: 2 }), ConfigError);
  await t.rejects(testCluster(t, { defect: 'no-such-defect' }), /DEFECT .--defect.: found "no-such-defect"/);
  await t.rejects(testCluster(t, { dir: '/proc/nowhere' }), ClusterError, 'a folder that cannot hold the store');
  const cluster = await testCluster(t, { store: 'memory', instances: 1, routing: 'sticky' });
  await t.rejects(cluster.kill(1), /no instance 1; accepted is only 0/);
  await t.rejects(cluster.resume(0), /it is running; pause it first/);
  await cluster.pause(0);
  await t.rejects(cluster.start(0), /it is paused; resume it instead/);
  await cluster.resume(0);
  await cluster.kill(0);
  await t.rejects(cluster.pause(0), /it is exited/);
  await t.rejects(cluster.createAccount(), /No instance is running/);
});

t.test('nothing outlives a supervisor that is killed, not even a stopped instance', async (t) => {
  const script = fileURLToPath(new URL('test-support/orphan.ts', import.meta.url));
  const supervisor = fork(script, [], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ pids, dir }] = (await once(supervisor, 'message')) as [{ pids: number[]; dir: string }];
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  t.equal(pids.length, 2);
  t.strictSame(pids.map(isAlive), [true, true]);
  supervisor.kill('SIGKILL');
  await eventually(() => pids.every((pid) => !isAlive(pid)));
});
