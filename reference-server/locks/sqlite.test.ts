import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { createMemoryStore } from '../stores/memory.ts';
import { openSqliteStore } from '../stores/sqlite/open.ts';
import { temporaryFolder } from '../stores/test-support/temporary-folder.ts';
import { openSqliteLocks } from './sqlite.ts';
import { lockContract } from './test-support/lock-contract.ts';

t.test('contract', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  // Managers in turn on two connections, as in two processes.
  const stores = [await openSqliteStore({ path }), await openSqliteStore({ path })] as const;
  t.teardown(() => Promise.all(stores.map((store) => store.close())));
  let managers = 0;
  await lockContract(t, 'sqlite', async () => (options) => {
    managers += 1;
    return openSqliteLocks(managers % 2 === 0 ? stores[0] : stores[1], options);
  });
});

t.test('leases and epochs outlive a restart', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const options = { owner_id: 'a', ttl_ms: 60_000 };
  const before = await openSqliteStore({ path });
  const lease = await openSqliteLocks(before, options).acquire('s');
  await openSqliteLocks(before, options).acquire('released');
  await before.leases.acquire('s2', 'a', 60_000);
  await before.close();

  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const locks = openSqliteLocks(store, { owner_id: 'b', ttl_ms: 60_000 });
  t.equal(await locks.acquire('s'), null, 'still held');
  t.strictSame(await locks.holder('s'), { owner_id: 'a', epoch: 1 });
  t.equal(lease && (await locks.renew(lease)), true, 'whoever has the token goes on');
  t.equal(lease && (await locks.release(lease)), true);
  t.match(await locks.acquire('s'), { epoch: 2 });
});

t.test('a lease from before a reboot has run out; its epoch counts on', async (t) => {
  const path = join(temporaryFolder(t), 'store.db');
  const store = await openSqliteStore({ path });
  t.teardown(() => store.close());
  const locks = openSqliteLocks(store, { owner_id: 'a', ttl_ms: 60_000 });
  const lease = await locks.acquire('s');

  const db = new Database(path);
  db.prepare(`update stream_locks set boot_id = 'another boot'`).run();
  db.close();
  t.equal(await locks.holder('s'), null);
  t.equal(lease && (await locks.renew(lease)), false);
  t.match(await locks.acquire('s'), { epoch: 2 });
});

t.test('no wall clock is asked: the lease holds whatever Date says', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db') });
  t.teardown(() => store.close());
  const locks = openSqliteLocks(store, { owner_id: 'a', ttl_ms: 60_000 });
  await locks.acquire('s');
  const realNow = Date.now;
  t.teardown(() => (Date.now = realNow));
  Date.now = () => realNow() + 3_600_000;
  t.strictSame(await locks.holder('s'), { owner_id: 'a', epoch: 1 });
});

t.test('the lease of a removed stream goes with it', async (t) => {
  const store = await openSqliteStore({ path: join(temporaryFolder(t), 'store.db') });
  t.teardown(() => store.close());
  const locks = openSqliteLocks(store, { owner_id: 'a', ttl_ms: 60_000 });
  const job = {
    job_id: 's',
    account_id: 'a',
    client_id: null,
    application_id: null,
    synthetic: null,
    created_at_ms: 1,
  };
  await store.create(job);
  const lease = await locks.acquire('s');
  await store.remove('s');
  t.equal(await locks.holder('s'), null);
  t.equal(lease && (await locks.renew(lease)), false);
});

t.test('a store without leases is refused with what to set', async (t) => {
  const store = createMemoryStore({ history_limit: 1 });
  t.throws(() => openSqliteLocks(store, { owner_id: 'a', ttl_ms: 1 }), { name: 'StoreOpenError', code: 'no_leases' });
});
