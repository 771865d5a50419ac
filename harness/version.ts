import { existsSync, readFileSync } from 'node:fs';

/** The version of this package, from its package.json: beside the sources, or above dist/. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    const url = new URL(up, import.meta.url);
    if (existsSync(url)) return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}
