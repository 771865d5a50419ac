import { join } from 'node:path';
import t from 'tap';
import { storeContract } from '../test-support/store-contract.ts';
import { temporaryFolder } from '../test-support/temporary-folder.ts';
import { openSqliteStore } from './open.ts';

t.test('contract', async (t) => {
  const folder = temporaryFolder(t);
  let files = 0;
  await storeContract(t, 'sqlite', () => openSqliteStore({ path: join(folder, `${(files += 1)}.db`) }));
});
