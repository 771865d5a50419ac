import { join } from 'node:path';
import t from 'tap';
import type { Backend } from './backends.ts';
import { openLocks, openStore } from './open-store.ts';
import { createJob, someEvents } from './test-support/fixtures.ts';
import { temporaryFolder } from './test-support/temporary-folder.ts';

t.test('each backend opens as what it is', async (t) => {
  const memory = await openStore({ backend: 'memory', history_limit: 3 });
  t.equal(memory.traits.durable, false);
  const job_id = await createJob(memory);
  await memory.append(job_id, someEvents(5));
  t.match(await memory.job(job_id), { first_kept_id: 3 });

  const sqlite = await openStore({ backend: 'sqlite', path: join(temporaryFolder(t), 'store.db'), history_limit: 3 });
  t.teardown(() => sqlite.close());
  t.equal(sqlite.traits.durable, true);
  const options = { owner_id: 'a', ttl_ms: 1000 };
  await openLocks({ backend: 'sqlite', ...options }, sqlite).acquire('s');
  t.match(await openLocks({ backend: 'sqlite', ...options }, sqlite).holder('s'), { owner_id: 'a' }, 'in the store');
  t.equal(await openLocks({ backend: 'memory', ...options }, sqlite).holder('s'), null, 'on their own');
});

t.test('what cannot be opened is refused by name', async (t) => {
  const unknown = 'mysql' as Backend;
  const bad = { name: 'StoreOpenError', code: 'bad_backend', message: /"mysql".*memory or sqlite/ };
  const options = { owner_id: 'a', ttl_ms: 1000 };
  await t.rejects(openStore({ backend: unknown, history_limit: 1 }), bad);
  const memory = await openStore({ backend: 'memory', history_limit: 1 });
  t.throws(() => openLocks({ backend: unknown, ...options }, memory), bad);
  t.throws(() => openLocks({ backend: 'sqlite', ...options }, memory), { code: 'no_leases' });
  await t.rejects(openStore({ backend: 'sqlite', history_limit: 1 }), {
    code: 'bad_option',
    message: /^path: missing/,
  });
});
