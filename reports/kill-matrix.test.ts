import t from 'tap';
import { UsageError } from '../harness/usage-error.ts';
import { renderPage } from './html/page.ts';
import { parseKillMatrix } from './kill-matrix.ts';
import { SAMPLE_ROWS } from './test-support/sample-rows.ts';
import { passingRun } from './test-support/sample-result.ts';

function mutant(name: string, killed_by: string, killed = true): object {
  return { name, kind: 'defect', verdict: { mutant: name, killed_by, killed, problem: null }, blamed: [] };
}

const MATRIX = {
  schema: 'streamproof.kill-matrix/1',
  rows: [
    mutant('one', 'a-check'),
    mutant('two', 'a-check'),
    mutant('survivor', 'b-check', false),
    { name: 'crlf', kind: 'neutral', verdict: null, blamed: [] },
  ],
  summary: { killed: 2 },
  complete: false,
  line: 'kill matrix: 2/3 killed by name',
};

t.test('each check has the mutants that it killed by name', async (t) => {
  t.strictSame(parseKillMatrix(JSON.stringify(MATRIX), 'm.json'), {
    line: MATRIX.line,
    complete: false,
    killed: { 'a-check': ['one', 'two'] },
  });
});

t.test('what is no kill matrix is named', async (t) => {
  const cases: [string, RegExp][] = [
    ['{', /m\.json: found/],
    ['{}', /schema/],
    [JSON.stringify({ ...MATRIX, schema: 'streamproof.kill-matrix/2' }), /schema/],
    [JSON.stringify({ ...MATRIX, rows: [{ name: 1 }] }), /rows\[0\]\.name: found 1;/],
  ];
  for (const [text, message] of cases) {
    t.throws(() => parseKillMatrix(text, 'm.json'), UsageError);
    t.throws(() => parseKillMatrix(text, 'm.json'), { message });
  }
});

t.test('the page shows who proves a check, and that the proof is not complete', async (t) => {
  const run = passingRun();
  const [check] = run.checks;
  const kill_matrix = { line: MATRIX.line, complete: false, killed: { [String(check?.id)]: ['<one>'] } };
  const page = renderPage(run, { rows: SAMPLE_ROWS, kill_matrix });
  t.match(page, 'Proved by mutants');
  t.match(page, '<code>&lt;one&gt;</code>');
  t.match(page, `${MATRIX.line} (not complete)`);
  const without = renderPage(run, { rows: SAMPLE_ROWS });
  t.notMatch(without, 'Proved by mutants');
});
