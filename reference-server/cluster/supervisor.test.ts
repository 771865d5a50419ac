import t from 'tap';
import { eventually, isAlive, testCluster, TestClient } from './test-support/cluster.ts';

const status = async (url: string): Promise<number> => (await fetch(url)).status;

t.test('a cluster from its start to its end', async (t) => {
  const cluster = await testCluster(t, { instances: 3 });
  const client = new TestClient(cluster);
  const { instances } = cluster;
  const urls = instances.map(({ url }) => url);

  await t.test('every instance is ready at an address of its own', async (t) => {
    t.strictSame(await Promise.all(urls.map((url) => status(`${url}/readyz`))), [200, 200, 200]);
    t.equal(await status(`${cluster.url}/healthz`), 200);
    t.equal(new Set(urls).size, 3);
  });

  await t.test('a killed instance is gone and comes back to its address', async (t) => {
    await cluster.kill(1);
    t.match(cluster.instances[1], { state: 'exited', pid: null, url: urls[1] });
    t.equal(isAlive(instances[1]?.pid ?? 0), false);
    await t.rejects(fetch(`${urls[1] ?? ''}/healthz`));
    await cluster.start(1);
    t.match(cluster.instances[1], { state: 'running', url: urls[1] });
    t.equal(await status(`${urls[1] ?? ''}/readyz`), 200);
  });

  await t.test('SIGTERM drains: streams end in order, the process exits by itself', async (t) => {
    const stream = await client.start(cluster.url);
    const followed = client.follow(urls[0] ?? '', stream);
    t.equal(await followed.opened, 200);
    await cluster.terminate(0);
    t.equal(await followed.ended, 'complete');
    t.match(followed.body(), /^retry: \d+$/m);
    await cluster.until(0, 'exited');
    t.equal(await client.append(cluster.url, stream, 'after'), 201, 'the others go on');
  });

  await t.test('accounts, keys and owners are asked of whoever is up', async (t) => {
    const produced = await client.start(cluster.url, { events: 1000, interval_ms: 1000 });
    await eventually(async () => (await cluster.ownerOf(produced)) !== null);
    t.match(await cluster.ownerOf(produced), { instance: Number, epoch: 1 });
    t.equal(await cluster.ownerOf('no-such-stream'), null);
    const account = await cluster.createAccount();
    const headers = { authorization: `Bearer ${account.key}` };
    t.equal((await fetch(`${cluster.url}/api/jobs`, { headers })).status, 200);
    t.equal(await cluster.revokeKey(account.api_key_id), true);
    await eventually(async () => (await fetch(`${cluster.url}/api/jobs`, { headers })).status === 401);
    t.equal(await cluster.revokeKey('no-such-key'), false);
  });

  await t.test('a restart is a drain and a new process at the old address', async (t) => {
    await cluster.restart(2);
    t.match(cluster.instances[2], { state: 'running', url: urls[2] });
    t.not(cluster.instances[2]?.pid, instances[2]?.pid);
  });

  await t.test('close leaves no process, not even a stopped one', async (t) => {
    await cluster.pause(2);
    const pids = cluster.instances.flatMap(({ pid }) => (pid === null ? [] : [pid]));
    t.equal(pids.length, 2, 'the drained one has none');
    await cluster.close();
    t.strictSame(pids.map(isAlive), [false, false]);
    await t.rejects(fetch(cluster.url));
  });
});

t.test('a data folder is served again: its streams, with keys of this boot and of the one before', async (t) => {
  const dir = t.testdir({});
  const first = await testCluster(t, { instances: 1, dir });
  const before = new TestClient(first);
  const stream = await before.start(first.url);
  await first.close();
  const second = await testCluster(t, { instances: 1, dir });
  for (const { headers } of [new TestClient(second), before]) {
    const response = await fetch(`${second.url}/api/jobs/${stream}/events`, { headers });
    t.equal(response.status, 200);
  }
});
