// Compiles to dist/, bundles the reference server's processes, and puts the report page's static files where they are read.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';

const root = new URL('../', import.meta.url);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
rmSync(new URL('dist/', root), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
await import('./bundle-processes.js');
const assets = new URL('reports/html/assets/', root);
if (existsSync(assets)) cpSync(assets, new URL('dist/reports/html/assets/', root), { recursive: true });
chmodSync(new URL('dist/cli/main.js', root), 0o755);
