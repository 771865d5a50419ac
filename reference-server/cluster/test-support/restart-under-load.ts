/** Restarts, a kill and a pause under readers and writers that come through the ingress. */
import { setTimeout } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Routing } from '../ingress/routing.ts';
import { testCluster, TestClient } from './cluster.ts';

/** Between two requests of one client: the load must leave the machine room to start processes. */
const PACE_MS = 5;

export async function restartUnderLoad(t: Test, routing: Routing): Promise<void> {
  const cluster = await testCluster(t, { routing, accounts: 2 });
  const clients = cluster.accounts.map((_, account) => new TestClient(cluster, account));
  const streams = await Promise.all(clients.map((client) => client.start(cluster.url)));
  const statuses = new Map<number, number>();
  const appended = clients.map(() => 0);
  const failures: number[] = [];
  let hammering = true;

  const reconnecting = clients.map(async (client, account) => {
    while (hammering) {
      const followed = client.follow(cluster.url, streams[account] ?? '');
      const status = await followed.opened;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      followed.close();
      await followed.ended;
      await setTimeout(PACE_MS);
    }
  });
  const appending = clients.map(async (client, account) => {
    while (hammering) {
      const status = await client.append(cluster.url, streams[account] ?? '', 'x');
      if (status === 201) appended[account] = (appended[account] ?? 0) + 1;
      else failures.push(status);
      await setTimeout(PACE_MS);
    }
  });

  try {
    await cluster.kill(0);
    await cluster.start(0);
    await cluster.restart(1);
    await cluster.pause(0);
    await Promise.all(clients.map((client, account) => client.poll(cluster.url, streams[account] ?? '')));
    await cluster.resume(0);
  } finally {
    hammering = false;
  }
  await Promise.all([...reconnecting, ...appending]);

  t.ok((statuses.get(200) ?? 0) > 20, `${statuses.get(200) ?? 0} streams were opened`);
  t.strictSame(
    [...statuses.keys()].filter((status) => status !== 200 && status !== 0),
    [],
    'an answer is 200, or there is none',
  );
  t.strictSame(
    failures.filter((status) => status !== 0 && status !== 503),
    [],
    'an append is acknowledged, refused with 503, or broken off',
  );
  for (const [account, client] of clients.entries()) {
    const kept = await client.poll(cluster.url, streams[account] ?? '');
    t.ok(kept.length >= Math.min(1000, appended[account] ?? 0), 'what was acknowledged is there');
  }

  await t.test('a stream lives on when the other instance is killed', async (t) => {
    const [client] = clients;
    if (client === undefined) throw new Error('no account');
    const stream = await client.start(cluster.url);
    // Which one serves it shows when one is killed: then this reader or its successor is untouched by the other kill.
    const followed = client.follow(cluster.url, stream);
    t.equal(await followed.opened, 200);
    const direct = cluster.instances.map(({ url }) => client.follow(url, stream));
    t.strictSame(await Promise.all(direct.map(({ opened }) => opened)), [200, 200]);
    await cluster.kill(1);
    t.equal(await direct[1]?.ended, 'broken');
    t.equal(await client.append(cluster.url, stream, 'after the kill'), 201);
    await direct[0]?.until((events) => events.length === 1);
    const again = client.follow(cluster.url, stream, 0);
    await again.until((events) => events.length === 1);
    for (const each of [followed, again, ...direct]) each.close();
  });
}
