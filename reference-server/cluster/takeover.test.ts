import t from 'tap';
import { eventually, testCluster, TestClient, type Received } from './test-support/cluster.ts';

/** Ids 1, 2, 3, … without a hole or a double. */
const dense = (events: readonly { readonly id: number }[]): boolean =>
  events.every(({ id }, index) => id === index + 1);
const epochs = (events: readonly Received[]): number[] =>
  events.flatMap(({ payload }) => (typeof payload['epoch'] === 'number' ? [payload['epoch']] : []));
const ascending = (numbers: readonly number[]): boolean =>
  numbers.every((value, index) => index === 0 || (numbers[index - 1] ?? 0) <= value);

t.test('a stream goes on whatever happens to its owner', async (t) => {
  const cluster = await testCluster(t, { instances: 2 });
  const client = new TestClient(cluster);
  const urls = cluster.instances.map(({ url }) => url);

  /** A long synthetic stream with its owner and the other instance. */
  async function produced() {
    const stream = await client.start(cluster.url, { events: 150, interval_ms: 20, payload_bytes: 16, seed: 7 });
    await eventually(async () => (await cluster.ownerOf(stream)) !== null);
    const owner = await cluster.ownerOf(stream);
    const index = owner?.instance ?? -1;
    return { stream, epoch: owner?.epoch ?? 0, owner: index, other: 1 - index };
  }

  await t.test('killed: another instance goes on at the last persisted id, with a higher epoch', async (t) => {
    const { stream, owner, other, epoch } = await produced();
    const survivor = client.follow(urls[other] ?? '', stream);
    const victim = client.follow(urls[owner] ?? '', stream);
    await victim.until((events) => events.length >= 5);
    await cluster.kill(owner);
    t.equal(await victim.ended, 'broken');
    t.equal(await survivor.ended, 'complete');
    t.equal(survivor.events.length, 150);
    t.ok(dense(survivor.events));
    t.equal(survivor.events.at(-1)?.type, 'done');
    t.ok(ascending(epochs(survivor.events)));
    t.ok(epochs(survivor.events).includes(epoch), 'some are the first owner’s');
    t.ok((epochs(survivor.events).at(-1) ?? 0) > epoch, 'the last are its successor’s');
    const after_restart = client.follow(urls[other] ?? '', stream);
    await after_restart.ended;
    for (const [index, event] of victim.events.entries()) {
      t.equal(event.data, after_restart.events[index]?.data, 'what was seen before the kill is still there');
    }
    await cluster.start(owner);
  });

  await t.test('stopped past its lease, then woken: the zombie writes nothing', async (t) => {
    const { stream, owner, other, epoch } = await produced();
    const reader = client.follow(urls[other] ?? '', stream);
    await reader.until((events) => events.length >= 5);
    await cluster.pause(owner);
    await reader.until((events) => (epochs(events).at(-1) ?? 0) > epoch);
    const taken_over = reader.events.findIndex(({ payload }) => Number(payload['epoch']) > epoch);
    await cluster.resume(owner);
    t.equal(await reader.ended, 'complete');
    t.equal(reader.events.length, 150);
    t.ok(dense(reader.events));
    t.notOk(epochs(reader.events.slice(taken_over)).includes(epoch), 'nothing of the old epoch after the takeover');
    const zombie = client.follow(urls[owner] ?? '', stream);
    t.equal(await zombie.ended, 'complete');
    t.strictSame(
      zombie.events.map(({ data }) => data),
      reader.events.map(({ data }) => data),
      'and it reads the same log',
    );
  });

  await t.test('a pause leaves the others able to write: it never lands in a transaction', async (t) => {
    const stream = await client.start(cluster.url);
    for (let round = 0; round < 5; round += 1) {
      let writing = true;
      const load = Promise.all(
        [0, 1, 2, 3].map(async (writer) => {
          for (let count = 0; writing; count += 1) {
            await client.append(urls[0] ?? '', stream, `${round}-${writer}-${count}`);
          }
        }),
      );
      await cluster.pause(0);
      t.equal(await client.append(urls[1] ?? '', stream, `other ${round}`), 201);
      writing = false;
      await cluster.resume(0);
      await load;
    }
  });

  await t.test('the last event of a burst reaches a reader on the other instance', async (t) => {
    const stream = await client.start(cluster.url);
    const reader = client.follow(urls[1] ?? '', stream);
    t.equal(await reader.opened, 200);
    for (let burst = 1; burst <= 10; burst += 1) {
      await Promise.all([1, 2, 3, 4].map((each) => client.append(urls[0] ?? '', stream, `${burst} ${each}`)));
      await reader.until((events) => events.length >= burst * 4);
    }
    t.ok(dense(reader.events));
    reader.close();
  });
});
