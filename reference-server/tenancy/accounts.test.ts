import t from 'tap';
import { createMemoryStore } from '../stores/memory.ts';
import { seedKeys } from './accounts.ts';

const KEY = { account_id: 'acme', api_key_id: 'acme-1', key: 'the-first-secret' };

t.test(
  'a configured key that the store knows otherwise stops the boot: the old secret would go on working',
  async (t) => {
    const store = createMemoryStore({ history_limit: 10 });
    await seedKeys(store, [KEY]);
    await store.revokeKey(KEY.api_key_id);
    await t.resolves(seedKeys(store, [KEY]), 'a revoked one is the same key');
    for (const other of [
      { ...KEY, key: 'the-second-secret' },
      { ...KEY, api_key_id: 'acme-2' },
      { ...KEY, account_id: 'globex' },
    ]) {
      const error = await seedKeys(store, [other]).catch((reason: unknown) => reason);
      t.match(error, { name: 'ConfigError', message: `"${other.api_key_id}" found in the store` });
      t.notMatch(String(error), /the-(first|second)-secret/);
    }
  },
);
