/** Entry of the writer thread: one connection, one group after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { StoreOpenError } from '../errors.ts';
import { openForWriting } from './database.ts';
import { loadDriver } from './driver.ts';
import { createGroupCommit } from './group-commit.ts';
import type { FromWriter, ToWriter, WriterOptions } from './protocol.ts';

if (parentPort === null) throw new Error('this module is the entry of a worker thread');
const port = parentPort;
const options = workerData as WriterOptions;

const tell = (message: FromWriter): void => {
  port.postMessage(message);
};

try {
  const db = openForWriting(await loadDriver(), options);
  const groups = createGroupCommit(db, options);
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'group') {
      tell({ kind: 'committed', ...groups.run(message.calls) });
    } else {
      db.close();
      port.close();
    }
  });
  tell({ kind: 'ready', stats: groups.stats() });
} catch (error) {
  if (!(error instanceof StoreOpenError)) throw error;
  tell({ kind: 'refused', code: error.code, message: error.message });
  port.close();
}
