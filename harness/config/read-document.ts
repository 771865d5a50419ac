/** Finds and reads a config file; what it holds is not validated here. */
import { access, readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { createJiti } from 'jiti';
import { parse as parseYaml } from 'yaml';
import { ConfigError } from './config-error.ts';

const CONFIG_NAMES = ['streamproof.yaml', 'streamproof.yml', 'streamproof.json', 'streamproof.ts'] as const;

/** The config of a folder; null when it has none. Several are refused: none would say which one counted. */
export async function findConfig(folder: string): Promise<string | null> {
  const found: string[] = [];
  for (const name of CONFIG_NAMES) {
    const path = resolve(folder, name);
    if (await exists(path)) found.push(path);
  }
  if (found.length > 1) {
    throw new ConfigError(folder, [
      {
        field: '--config',
        found: found.join(' and '),
        accepted: 'one config in a folder',
        remedy: 'Say which with --config FILE, or remove the others.',
      },
    ]);
  }
  return found[0] ?? null;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** @throws ConfigError when it cannot be read or parsed. */
export async function readDocument(path: string): Promise<unknown> {
  const extension = extname(path);
  if (extension === '.ts' || extension === '.js' || extension === '.mjs') return importDocument(path);
  if (!['.yaml', '.yml', '.json'].includes(extension)) {
    throw problem(
      path,
      extension === '' ? 'a file without extension' : extension,
      '.yaml, .yml, .json, .ts, .js',
      'Rename it.',
    );
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw problem(path, messageOf(error), 'a file that can be read', 'Check the path and its permissions.');
  });
  try {
    // JSON is YAML too, but its own parser gives the better message.
    return extension === '.json' ? (JSON.parse(text) as unknown) : (parseYaml(text) as unknown);
  } catch (error) {
    throw problem(path, messageOf(error), `well-formed ${extension === '.json' ? 'JSON' : 'YAML'}`, 'Mend the syntax.');
  }
}

/** Node 20 cannot import TypeScript by itself; jiti compiles in memory and needs nothing else installed. */
async function importDocument(path: string): Promise<unknown> {
  try {
    return await createJiti(import.meta.url, { fsCache: false }).import(path, { default: true });
  } catch (error) {
    throw problem(path, messageOf(error), 'a module whose default export is the config', 'Mend the module.');
  }
}

function problem(path: string, found: string, accepted: string, remedy: string): ConfigError {
  return new ConfigError(path, [{ field: 'the file', found, accepted, remedy }]);
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
