import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { StoreOpenError, type StoreOpenCode } from '../errors.ts';
import { allEvents, anEvent, createJob, someEvents } from '../test-support/fixtures.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { loadDriver, type Driver } from './driver.ts';
import { openSqliteStore } from './open.ts';

/** The message must name what was found and every one of `words`. */
async function refused(t: Test, path: string, code: StoreOpenCode, ...words: string[]): Promise<void> {
  const error: unknown = await openSqliteStore({ path }).then(
    (store) => store.close(),
    (refusal: unknown) => refusal,
  );
  if (!(error instanceof StoreOpenError)) throw new Error(`opened, or failed otherwise: ${String(error)}`);
  t.equal(error.code, code);
  for (const word of [path, ...words]) t.ok(error.message.includes(word), `"${error.message}" says "${word}"`);
}

t.test('a store reopened has everything that was acknowledged', async (t) => {
  const path = join(temporaryFolder(t), 'new folder', 'store.db');
  const before = await openSqliteStore({ path });
  t.strictSame(before.traits, { durable: true, shared: true });
  const job_id = await createJob(before);
  const claim = { idempotency: { key: 'k', fingerprint: 'f' } };
  await before.append(job_id, someEvents(501), claim);
  await before.raiseEpoch(job_id, 7);
  await before.putKey({ api_key_id: 'key', account_id: 'a', secret_sha256: 's' });
  await before.revokeKey('key');
  const ticket = { ticket_sha256: 't', job_id, account_id: 'a', api_key_id: 'key', expires_at_ms: 1, used: false };
  await before.putTicket(ticket);
  const [job, events] = [await before.job(job_id), await allEvents(before, job_id)];
  await before.close();

  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  t.strictSame(await store.job(job_id), job);
  t.strictSame(await allEvents(store, job_id), events);
  t.match(await store.append(job_id, someEvents(501), claim), { kind: 'repeated', last_event_id: 501 });
  t.strictSame(await store.append(job_id, [anEvent(1)], { epoch: 6 }), { kind: 'fenced' });
  t.match(await store.append(job_id, [anEvent(1)]), { ids: [502] });
  t.equal(await store.isRevoked('key'), true);
  t.strictSame(await store.findTicket('t'), ticket);
});

t.test('a file that is not a database is refused and left as it was', async (t) => {
  const path = join(temporaryFolder(t), 'notes.txt');
  for (const content of ['short', 'x'.repeat(10_000)]) {
    writeFileSync(path, content);
    await refused(t, path, 'not_a_database');
    t.equal(readFileSync(path, 'utf8'), content);
  }
});

t.test('a database of another program is refused and left as it was', async (t) => {
  const path = join(temporaryFolder(t), 'other.db');
  const db = new Database(path);
  db.exec('create table theirs (a)');
  db.close();
  const content = readFileSync(path);
  await refused(t, path, 'foreign_database', 'another program');
  t.strictSame(readFileSync(path), content);
});

t.test('a newer schema is refused by both numbers', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  await (await openSqliteStore({ path })).close();
  const db = new Database(path);
  db.pragma('user_version = 99');
  db.close();
  await refused(t, path, 'newer_schema', 'version 99', 'version 1');
});

t.test('a place that cannot be written is refused with its reason', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await refused(t, join(folder, 'file', 'sub', 'store.db'), 'not_writable', 'ENOTDIR');
  mkdirSync(join(folder, 'directory.db'));
  await refused(t, join(folder, 'directory.db'), 'not_writable', 'EISDIR');
});

const root = process.getuid?.() === 0;
t.test(
  'a folder without write permission is refused',
  { skip: root && 'root is stopped by no permission' },
  async (t) => {
    const folder = join(temporaryFolder(t), 'locked');
    mkdirSync(folder, { mode: 0o555 });
    await refused(t, join(folder, 'store.db'), 'not_writable', 'EACCES');
  },
);

t.test('without better-sqlite3 the message says what is missing and how to get it', async (t) => {
  const notInstalled = () => Promise.reject(new Error("Cannot find package 'better-sqlite3'\nsecond line"));
  await t.rejects(loadDriver(notInstalled), {
    name: 'StoreOpenError',
    code: 'missing_driver',
    message: /better-sqlite3.*Cannot find package.*npm install better-sqlite3.*STREAM_STORE_BACKEND=memory/,
  });
  function NotCompiled(): never {
    throw new Error('Could not locate the bindings file');
  }
  const withoutBinary = () => Promise.resolve({ default: NotCompiled as unknown as Driver });
  await t.rejects(loadDriver(withoutBinary), { code: 'missing_driver', message: /bindings file/ });
});

t.test('many openings of one fresh file at once all succeed and share it', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const stores = await Promise.all(Array.from({ length: 6 }, () => openSqliteStore({ path })));
  t.teardown(() => Promise.all(stores.map((store) => store.close())));
  const jobs = await Promise.all(stores.map((store) => createJob(store, { account_id: 'a' })));
  for (const store of stores) t.equal((await store.list('a')).length, jobs.length);
});
