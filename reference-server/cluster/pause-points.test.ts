import t from 'tap';
import { testCluster, TestClient } from './test-support/cluster.ts';

t.test('each point stops the process exactly there', async (t) => {
  const cluster = await testCluster(t, { instances: 2, env: { HEARTBEAT_MS: '2000' } });
  const client = new TestClient(cluster);
  const urls = cluster.instances.map(({ url }) => url);
  const [here = '', other = ''] = urls;

  /** A stream with one event, and a reader of instance 0 that has it. */
  async function followed() {
    const stream = await client.start(other);
    t.equal(await client.append(other, stream, 'first'), 201);
    const reader = client.follow(here, stream);
    await reader.until((events) => events.length === 1);
    return { stream, reader };
  }
  const texts = async (stream: string) => (await client.poll(other, stream)).map(({ payload }) => payload['text']);

  await t.test('append:before: nothing is stored', async (t) => {
    const { stream, reader } = await followed();
    await cluster.arm(0, { point: 'append:before', stream, action: 'kill' });
    t.equal(await client.append(here, stream, 'x'), 0);
    await cluster.until(0, 'exited');
    t.equal(await reader.ended, 'broken');
    t.strictSame(await texts(stream), ['first']);
    await cluster.start(0);
  });

  await t.test('append:committed and ack:before: stored, not acknowledged, not seen', async (t) => {
    for (const point of ['append:committed', 'ack:before'] as const) {
      const { stream, reader } = await followed();
      await cluster.arm(0, { point, stream, action: 'kill' });
      t.equal(await client.append(here, stream, point), 0);
      await cluster.until(0, 'exited');
      t.equal(await reader.ended, 'broken');
      t.equal(reader.events.length, 1);
      t.strictSame(await texts(stream), ['first', point]);
      await cluster.start(0);
    }
  });

  await t.test('fanout:before: acknowledged, not seen', async (t) => {
    const { stream, reader } = await followed();
    await cluster.arm(0, { point: 'fanout:before', stream, action: 'kill' });
    t.equal(await client.append(here, stream, 'acknowledged'), 201);
    await cluster.until(0, 'exited');
    t.equal(await reader.ended, 'broken');
    t.equal(reader.events.length, 1);
    t.strictSame(await texts(stream), ['first', 'acknowledged']);
    await cluster.start(0);
  });

  await t.test('frame:byte=N: the reader gets these bytes and no more', async (t) => {
    for (const byte of [1, 30]) {
      const { stream, reader } = await followed();
      const before = reader.body();
      await cluster.arm(0, { point: 'frame:byte', byte, stream, action: 'kill' });
      await client.append(here, stream, 'in pieces');
      t.equal(await reader.ended, 'broken');
      const after = reader.body();
      t.ok(after.startsWith(before));
      t.equal(after.length - before.length, byte);
      t.equal(after.slice(before.length), 'id: 2\ndata: {"id":2,"job_id":"'.slice(0, byte));
      await cluster.until(0, 'exited');
      await cluster.start(0);
    }
  });

  await t.test('a point fires once, for its stream alone', async (t) => {
    const { stream, reader } = await followed();
    const elsewhere = await client.start(other);
    await cluster.arm(0, { point: 'append:committed', stream, action: 'pause' });
    t.equal(await client.append(here, elsewhere, 'another stream'), 201);
    const append = client.append(here, stream, 'held');
    await cluster.until(0, 'paused');
    t.equal(await client.append(other, stream, 'meanwhile'), 201, 'the pause is in no transaction');
    t.strictSame(await texts(stream), ['first', 'held', 'meanwhile']);
    t.equal(reader.events.length, 1);
    await cluster.resume(0);
    t.equal(await append, 201);
    t.equal(await client.append(here, stream, 'again'), 201, 'once');
    await reader.until((events) => events.length === 4);
    reader.close();
  });

  await t.test('paused inside a frame and resumed: nothing is lost', async (t) => {
    const { stream, reader } = await followed();
    const before = reader.body().length;
    await cluster.arm(0, { point: 'frame:byte', byte: 10, stream, action: 'pause' });
    await client.append(other, stream, 'slow');
    await cluster.until(0, 'paused');
    t.equal(reader.events.length, 1);
    t.ok(reader.body().length <= before + 10);
    await cluster.resume(0);
    const events = await reader.until((seen) => seen.length === 2);
    t.equal(events[1]?.payload['text'], 'slow');
    reader.close();
  });
});
