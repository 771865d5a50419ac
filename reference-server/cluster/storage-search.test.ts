import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findInFiles } from './storage-search.ts';

t.test('finds a text in every file below, also across two reads', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'streamproof-search-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await mkdir(join(dir, 'deep'));
  await writeFile(join(dir, 'deep', 'b.wal'), Buffer.concat([Buffer.alloc(65_533), Buffer.from('schlüssel')]));
  await writeFile(join(dir, 'a'), 'schlüssel');
  await writeFile(join(dir, 'c'), 'schluessel');
  await writeFile(join(dir, 'empty'), '');
  t.strictSame(await findInFiles(dir, 'schlüssel'), ['a', join('deep', 'b.wal')]);
  t.strictSame(await findInFiles(dir, 'nowhere'), []);
});
