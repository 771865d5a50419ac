import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CheckResult } from '../../harness/result.ts';
import { judgeMutant } from '../../proof/matrix/judge.ts';
import { summarise, writeMatrix, type SubjectRow } from '../../proof/matrix/run.ts';
import { SUBJECTS } from '../../proof/matrix/subjects.ts';
import type { Mutant } from '../../proof/mutant.ts';
import { passingRun } from '../../reports/test-support/sample-result.ts';
import { ROWS } from '../../spec/rows/index.ts';
import { runLine } from '../test-support/run.ts';

const MUTANT = 'a-planted-bug';

function killedBy(check: CheckResult): SubjectRow {
  const mutant: Mutant = {
    name: MUTANT,
    kind: 'defect',
    description: 'planted',
    killed_by: check.id,
    witness: () => true,
  };
  const verdict = judgeMutant(mutant, [{ ...check, outcome: 'fail' }]);
  return { name: MUTANT, kind: 'defect', verdict, blamed: [], full: false, attempts: 1, duration_ms: 1 };
}

/** A folder with a saved run, one of whose checks judges a row that there is, and that check. */
function savedRun(test: Pick<typeof t, 'testdir'>): { readonly folder: string; readonly check: CheckResult } {
  const run = passingRun();
  const check = run.checks.find(({ rows }) => ROWS.some(({ id }) => rows.includes(id)));
  if (check === undefined) throw new RangeError('the sample run has no check of a known row');
  return { folder: test.testdir({ 'result.json': JSON.stringify(run) }), check };
}

t.test('the page says which mutants prove a check, from the kill matrix beside the run', async (t) => {
  const { folder, check } = savedRun(t);
  const page = ['report', folder, '--format', 'html'];
  t.notMatch((await runLine(page)).out, MUTANT);
  const matrix = summarise(SUBJECTS, [killedBy(check)], 1);
  await writeMatrix(matrix, folder);
  const { out, err } = await runLine(page);
  t.match(out, `<code>${MUTANT}</code>`);
  t.match(out, `${matrix.line} (not complete)`);
  t.equal(err, '');
});

t.test('a kill matrix that cannot be read costs its column only', async (t) => {
  const { folder } = savedRun(t);
  writeFileSync(join(folder, 'kill-matrix.json'), '{"schema":"other"}');
  const { out, err, exit_code } = await runLine(['report', folder, '--format', 'html']);
  t.equal(exit_code, 0);
  t.match(err, /leaves the kill matrix out\. .*kill-matrix\.json is not a [^]*schema: found "other"/);
  t.match(out, '</html>');
  t.notMatch(out, 'Proved by mutants');
});

t.test('a run that cannot be read is wrong usage', async (t) => {
  const folder = t.testdir({ 'result.json': {} });
  const message = /\[run\]: found EISDIR.*accepted: a result.json, or the folder of a run/;
  await t.rejects(runLine(['report', folder]), { name: 'UsageError', message });
});
