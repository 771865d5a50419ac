/** Finds a text in everything that was written to disk. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

async function contains(path: string, wanted: Buffer): Promise<boolean> {
  let carried: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([carried, chunk]);
      if (bytes.includes(wanted)) return true;
      // A text may stand across two reads.
      carried = bytes.subarray(Math.max(0, bytes.length - wanted.length + 1));
    }
  } catch (error) {
    // A file of the store's own that went away while we looked (journal, shared memory).
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return false;
}

/** Names relative to `dir`, sorted, of the files below it whose bytes contain the text as UTF-8. */
export async function findInFiles(dir: string, text: string): Promise<readonly string[]> {
  const wanted = Buffer.from(text, 'utf8');
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await contains(path, wanted))) found.push(relative(dir, path));
  }
  return found.sort();
}
