/**
 * A kill -9 cannot show a missing fsync: what a dead process wrote is in the kernel's cache. So the system calls are
 * watched from outside, by strace, and put in order: before each acknowledgement the log must have reached the disk.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { writerCommand } from '../test-support/writer-processes.ts';
import { openSqliteStore } from './open.ts';

t.test('the connection that writes is in WAL mode with synchronous FULL', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db') });
  t.teardown(() => store.close());
  t.match(store.stats(), { journal_mode: 'wal', synchronous: 2 });
});

const SYNCS = 'fsync,fdatasync';
const probe = spawnSync('strace', [
  '-f',
  '-y',
  '-e',
  `trace=${SYNCS}`,
  '-o',
  '/dev/null',
  process.execPath,
  '--version',
]);
const missing =
  probe.status !== 0 &&
  `strace is missing or may not trace here (${probe.error?.message ?? probe.stderr.toString().trim()}); ` +
    'on Debian: apt-get install strace';

t.test('every acknowledgement comes after an fsync of the log', { skip: missing }, async (t) => {
  const folder = temporaryFolder(t);
  const trace = join(folder, 'trace.txt');
  const appends = 40;
  const options = { path: join(folder, 'store.db'), job_id: randomUUID(), prefix: 'a', appends, at_a_time: 1 };
  const tracer = ['-f', '-y', '-e', `trace=${SYNCS},write`, '-o', trace];
  await promisify(execFile)('strace', [...tracer, ...writerCommand(options)]);

  let syncs_since_last = 0;
  const syncs_before: number[] = [];
  const unfinished = new Set<string>();
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [thread = ''] = line.split(' ', 1);
    const is_log = /\b(?:fsync|fdatasync)\(\d+<[^>]*-wal>/.test(line);
    const resumed = /<\.\.\. (?:fsync|fdatasync) resumed>/.test(line) && unfinished.delete(thread);
    // A call that another thread interrupts in the trace counts where it returns.
    if (is_log && line.endsWith('<unfinished ...>')) unfinished.add(thread);
    else if ((is_log || resumed) && line.endsWith(' = 0')) syncs_since_last += 1;
    if (/\bwrite\(1<[^>]*>, "\{\\"first_id\\"/.test(line)) {
      syncs_before.push(syncs_since_last);
      syncs_since_last = 0;
    }
  }
  t.equal(syncs_before.length, appends, 'every acknowledgement was seen');
  t.strictSame(
    syncs_before.filter((syncs) => syncs === 0),
    [],
    `fsyncs before each: ${syncs_before.join(' ')}`,
  );
});
