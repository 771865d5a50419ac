/** `npm run kill-matrix`: every mutant meets the check that names it; the clean server and its legal variations stay green. */
import { parseArgs } from 'node:util';
import { CHECKS } from '../../conformance/index.ts';
import { runMatrix, troubleOf, writeMatrix, type SubjectRow } from './run.ts';
import { SUBJECTS } from './subjects.ts';
import { UNPROVED } from './unproved.ts';

const USAGE = `npm run kill-matrix -- [--full] [--only NAME,…] [--seed N] [--side-by-side N] [--out DIR]

  --full          every mutant against every check (default: its named check and that check's section)
  --only          subjects by name or kind (defect, wire, neutral, clean); the matrix is then not complete
  --proved        without the mutants of unproved.ts, which are named there with what is missing
  --side-by-side  how many subjects run at once (default 3)
  --out           where kill-matrix.json goes (default streamproof-report)
`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    proved: { type: 'boolean', default: false },
    seed: { type: 'string', default: '20260518' },
    'side-by-side': { type: 'string', default: '3' },
    out: { type: 'string', default: 'streamproof-report' },
    help: { type: 'boolean', default: false },
  },
});

function line(row: SubjectRow, done: number, total: number): string {
  const trouble = troubleOf(row);
  const verdict =
    trouble.length > 0
      ? `BAD  ${trouble.join('; ')}`
      : row.verdict === null
        ? 'green'
        : `killed by ${row.verdict.killed_by}`;
  return `[${done}/${total}] ${(row.duration_ms / 1000).toFixed(1).padStart(5)} s  ${row.name}: ${verdict}\n`;
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const wanted = values.only?.split(',');
  const subjects = SUBJECTS.filter(
    ({ name, kind }) =>
      (wanted?.some((word) => word === name || word === kind) ?? true) &&
      !(values.proved && UNPROVED.has(`${kind} ${name}`)),
  );
  if (subjects.length === 0) {
    process.stderr.write(`--only: found ${values.only ?? ''}, accepted are names and kinds of subjects\n`);
    return 2;
  }
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort(new Error('SIGINT'));
  });
  const matrix = await runMatrix({
    subjects,
    full: values.full,
    seed: Number(values.seed),
    side_by_side: Number(values['side-by-side']),
    signal: interruption.signal,
    onSubject: (row, done, total) => {
      process.stderr.write(line(row, done, total));
    },
  });
  const path = await writeMatrix(matrix, values.out);
  const killers = new Set(matrix.rows.filter((row) => row.verdict?.killed).map((row) => row.verdict?.killed_by));
  const unproved = wanted === undefined ? CHECKS.filter((check) => !killers.has(check.id)) : [];
  if (unproved.length > 0) {
    process.stderr.write(`checks that nothing kills: ${unproved.map((check) => check.id).join(', ')}\n`);
  }
  process.stdout.write(`took ${(matrix.duration_ms / 1000).toFixed(0)} s; ${path}\n${matrix.line}\n`);
  const sound = matrix.rows.every((row) => troubleOf(row).length === 0);
  return matrix.complete || (values.proved && sound && matrix.rows.length > 0) ? 0 : 1;
}

process.exitCode = await main();
