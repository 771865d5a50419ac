import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Artefacts } from './artefacts.ts';
import { runChecks } from './runner/runner.ts';
import type { Manifest, RunResult } from './result.ts';
import { passing, runOptions } from './test-support/run-options.ts';
import { tinyServer } from './test-support/tiny-server.ts';

async function sample(): Promise<RunResult> {
  await using server = await tinyServer();
  return await runChecks(runOptions(server.target(), [passing('a')]));
}

function manifestNamed(result: RunResult, run_id: string): Manifest {
  return { ...result.manifest, run_id };
}

t.test('the latest run stands at the top and the last ten are kept', async (t) => {
  const result = await sample();
  const folder = join(t.testdir({}), 'deep', 'out');
  for (let index = 10; index < 22; index += 1) {
    const artefacts = await Artefacts.open(folder, manifestNamed(result, `run-${String(index)}`));
    artefacts.history('a', [{ kind: 'fault', fault: 'x', target: 'y', at_ms: index }]);
    await artefacts.write('note.txt', String(index));
    await artefacts.finish(result);
  }
  t.equal(readFileSync(join(folder, 'note.txt'), 'utf8'), '21');
  t.match(JSON.parse(readFileSync(join(folder, 'history.jsonl'), 'utf8')), { check: 'a', at_ms: 21 });
  t.match(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')), { run_id: 'run-21' });
  t.match(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')), { schema: 'streamproof.result/1' });
  t.same(
    readdirSync(join(folder, 'runs')).sort(),
    Array.from({ length: 10 }, (_, index) => `run-${String(index + 12)}`),
  );
  t.equal(existsSync(join(folder, 'runs', 'run-12', 'result.json')), true);
});

t.test('a folder that cannot be written is a mistake of usage', async (t) => {
  const result = await sample();
  const folder = t.testdir({});
  writeFileSync(join(folder, 'file'), '');
  chmodSync(join(folder, 'file'), 0o400);
  // A file system that has no room for folders: Node's own recursive mkdir would try for ever.
  for (const place of [join(folder, 'file'), '/proc/streamproof']) {
    await t.rejects(Artefacts.open(place, result.manifest), { name: 'UsageError', message: /--out/ }, place);
  }
});
