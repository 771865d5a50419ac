/** One file, several real processes: started together on a fresh file, writing side by side, and killed. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { allEvents } from '../test-support/fixtures.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { checkAcknowledged, startWriter } from '../test-support/writer-processes.ts';
import { openSqliteStore } from './open.ts';

t.test('processes that start together on a fresh file write one dense stream', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const job_id = randomUUID();
  const writers = ['a', 'b', 'c'].map((prefix) => {
    return startWriter(t, { path, job_id, prefix, appends: 150, at_a_time: 8 });
  });
  t.strictSame(await Promise.all(writers.map((writer) => writer.ended)), [0, 0, 0]);
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  t.equal(acknowledged.length, 450);
  const stored = await allEvents(store, job_id);
  checkAcknowledged(t, stored, acknowledged);
  t.equal(stored.length, acknowledged.flatMap(({ payloads }) => payloads).length);
  t.equal((await store.list('account-a')).length, 1, 'one of them created the stream');
});

t.test('a kill -9 loses nothing that was acknowledged, and the others go on at once', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const job_id = randomUUID();
  const acknowledged = [];
  for (const [round, kill_after] of [1, 40, 150].entries()) {
    const writer = startWriter(t, { path, job_id, prefix: `round ${round}`, appends: 0, at_a_time: 16 });
    await writer.untilAcknowledged(kill_after);
    writer.child.kill('SIGKILL');
    t.equal(await writer.ended, 'SIGKILL');
    acknowledged.push(...writer.acknowledged);
    const outcome = await store.append(job_id, [{ ts: 1, type: 'agent_chunk', payload_json: `"between ${round}"` }]);
    t.equal(outcome.kind, 'appended');
    checkAcknowledged(t, await allEvents(store, job_id), acknowledged);
  }
  await store.close();

  const reopened = await openSqliteStore({ path });
  t.teardown(() => reopened.close());
  checkAcknowledged(t, await allEvents(reopened, job_id), acknowledged);
});
