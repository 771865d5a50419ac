// Puts each process of the reference server into one file: a part of the build, and run before the tests, whose clusters
// are made of these processes too. Node spends most of an instance's start on finding and reading
// some 500 small files; every restart in a run waits for it (measured: 0.7 s of processor time without, 0.4 s with).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../reference-server/', import.meta.url));
const BUILT = fileURLToPath(new URL('../dist/reference-server/', import.meta.url));

const ENTRIES = {
  main: 'main.ts',
  'cluster/ingress/main': 'cluster/ingress/main.ts',
  // A worker thread is looked for beside the module that starts it, which is `main` once it is bundled.
  worker: 'stores/sqlite/worker.ts',
};

// What is CommonJS among the dependencies calls `require` for the modules of Node.
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** `fastify`, `@fastify/error`: the package that a bundled file came from; undefined for our own. */
function packageOf(file) {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.slice(0, 2);
}

/** Their licences ask to be shown wherever their code goes. */
function licences(files) {
  const folders = new Map(files.flatMap((file) => (packageOf(file) === undefined ? [] : [packageOf(file)])));
  return [...folders]
    .sort()
    .map(([folder, name]) => {
      const { version, license } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
      const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
      return [`${name} ${version} (${license})`, ...texts.map((text) => readFileSync(folder + text, 'utf8'))].join(
        '\n\n',
      );
    })
    .join(`\n${'-'.repeat(80)}\n`);
}

const { metafile } = await build({
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: SOURCE + file, out })),
  outdir: BUILT,
  allowOverwrite: true,
  bundle: true,
  // What is imported when it is needed is a file of its own, and is loaded then.
  splitting: true,
  chunkNames: 'bundled-[hash]',
  platform: 'node',
  format: 'esm',
  target: 'node20.20',
  // Compiled for this machine, optional, and loaded when it is wanted.
  external: ['better-sqlite3'],
  banner: { js: REQUIRE },
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(`${BUILT}THIRD-PARTY-LICENSES.txt`, licences(Object.keys(metafile.inputs)));
