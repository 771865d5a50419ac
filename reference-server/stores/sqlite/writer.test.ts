/** What becomes of writes whose thread is lost. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import t from 'tap';
import { startWorker } from '../../start-worker.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { errorOf, openWriter } from './writer.ts';

t.test('a writer thread that is lost: nobody knows of the group it had, all else had no effect', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const options = { path, busy_timeout_ms: 60_000, max_bytes: null, writer: 'w' };
  const threads: Worker[] = [];
  const writer = await openWriter(
    options,
    () => undefined,
    (workerData) => {
      const thread = startWorker('./worker', import.meta.url, { workerData });
      threads.push(thread);
      return thread;
    },
  );
  await writer.submit('ping', []);
  const other = new Database(path);
  t.teardown(() => other.close());
  other.exec('begin immediate');
  const writes: Promise<unknown>[] = [];
  // One turn each: two groups go to the thread, which waits for the other's transaction; the third waits here.
  for (let count = 0; count < 3; count += 1) {
    writes.push(writer.submit('ping', []));
    await new Promise(setImmediate);
  }
  const outcomes = Promise.allSettled(writes);
  await threads[0]?.terminate();
  t.match(await outcomes, [
    { reason: { name: 'OutcomeUnknown' } },
    { reason: { name: 'OutcomeUnknown' } },
    { reason: { name: 'StoreUnavailable', code: 'writer_lost' } },
  ]);
  await t.rejects(writer.submit('ping', []), { name: 'StoreUnavailable', code: 'writer_lost' });
  await writer.close();
});

t.test('what a failure of SQLite says of a write: not done, not known, or our mistake', async (t) => {
  const names = ['SQLITE_FULL', 'SQLITE_IOERR_FSYNC', 'SQLITE_CONSTRAINT_UNIQUE', null].map(
    (code) => errorOf({ code, message: 'from SQLite' }).name,
  );
  t.strictSame(names, ['StoreUnavailable', 'OutcomeUnknown', 'Error', 'Error']);
});
