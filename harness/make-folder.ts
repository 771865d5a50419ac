import { access, mkdir, mkdtemp, open, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes a folder and those above it. Not mkdir's own `recursive`, which never returns where a file system has no room for
 * folders, such as /proc.
 * @throws the file system's error (EACCES, ENOENT, ENOTDIR…)
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await exists(folder)) return;
  await makeFolder(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process made it in between.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Whether files could be written into a folder that may not be there yet; leaves nothing behind.
 * @throws the file system's error
 */
export async function probeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let place = folder; !(await exists(place)); place = dirname(place)) missing.push(place);
  try {
    await makeFolder(folder);
    // Asking for permissions would not tell: some file systems have none and take nothing all the same.
    await rmdir(await mkdtemp(join(folder, '.probe-')));
  } finally {
    // Whoever else has put something there by now keeps it.
    for (const made of missing) await rmdir(made).catch(() => undefined);
  }
}

/**
 * Whether a file could be written there, in a folder that may not be there yet; leaves nothing behind.
 * @throws the file system's error
 */
export async function probeFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) await probeFolder(dirname(path));
  // Opened for more, so that it keeps what it holds. A pipe or device is not asked before there is something to say.
  else if (found.isFile() || found.isDirectory()) await (await open(path, 'a')).close();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
