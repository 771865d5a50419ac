import t from 'tap';
import { createLockManager } from './lease-table.ts';
import { createMemoryLeaseTable, createMemoryLocks } from './memory.ts';
import { lockContract } from './test-support/lock-contract.ts';

t.test('contract', (t) =>
  lockContract(t, 'memory', async () => {
    const table = createMemoryLeaseTable();
    return (options) => createLockManager(table, options);
  }),
);

t.test('a lease lives to the millisecond before its TTL', async (t) => {
  let now_ms = 1000;
  const table = createMemoryLeaseTable(() => now_ms);
  const a = createLockManager(table, { owner_id: 'a', ttl_ms: 500 });
  const b = createLockManager(table, { owner_id: 'b', ttl_ms: 500 });
  const lease = await a.acquire('s');
  now_ms = 1499;
  t.equal(await b.acquire('s'), null);
  t.equal(lease && (await a.renew(lease)), true);
  now_ms = 1998;
  t.equal(await b.acquire('s'), null, 'a renewal counts from its own moment');
  now_ms = 1999;
  t.match(await b.acquire('s'), { owner_id: 'b', epoch: 2 });
});

t.test('managers without a common table do not see each other', async (t) => {
  const [one, other] = [1, 2].map((n) => createMemoryLocks({ owner_id: `owner-${n}`, ttl_ms: 1000 }));
  t.not(await one?.acquire('s'), null);
  t.not(await other?.acquire('s'), null, 'this is why memory locks are for one instance');
});
