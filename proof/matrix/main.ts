/** `npm run kill-matrix`: every mutant meets the check that names it; the clean server and its legal variations stay green. */
import { parseArgs } from 'node:util';
import { CHECKS } from '../../conformance/index.ts';
import { runMatrix, troubleOf, writeMatrix, type SubjectRow } from './run.ts';
import type { Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

const USAGE = `npm run kill-matrix -- [--full [--share K/N]] [--only NAME,…] [--seed N] [--side-by-side N] [--out DIR]

  --full          every mutant against every check (default: its named check and that check's section)
  --share         with --full: only every N-th mutant, from the K-th on, meets every check; the others their section
  --only          subjects by name or kind (defect, wire, neutral, clean); the matrix is then not complete
  --side-by-side  how many subjects run at once (default 3)
  --out           where kill-matrix.json goes (default streamproof-report)

  npm run kill-matrix
  npm run kill-matrix -- --only replay-live-gap,wire
  npm run kill-matrix -- --full --share 3/8
`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    share: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string', default: '20260518' },
    'side-by-side': { type: 'string', default: '3' },
    out: { type: 'string', default: 'streamproof-report' },
    help: { type: 'boolean', default: false },
  },
});

/** Which mutants meet every check; null when the share is none, or is one of nothing. */
function fullMutants(): ReadonlySet<Subject> | null {
  if (values.share !== undefined && !values.full) return null;
  const [, turn = '', of = ''] = /^(\d+)\/(\d+)$/.exec(values.share ?? '1/1') ?? [];
  const [k, n] = [Number(turn), Number(of)];
  if (k < 1 || n < k) return null;
  const mutants = SUBJECTS.filter(({ killed_by }) => killed_by !== null);
  return new Set(values.full ? mutants.filter((_, index) => index % n === k - 1) : []);
}

function line(row: SubjectRow, place: string): string {
  const trouble = troubleOf(row);
  const verdict =
    trouble.length > 0
      ? `BAD  ${trouble.join('; ')}`
      : row.verdict === null
        ? 'green'
        : `killed by ${row.verdict.killed_by}`;
  const alone = row.attempts === 2 ? ', alone' : '';
  return `[${place}${alone}] ${(row.duration_ms / 1000).toFixed(1).padStart(5)} s  ${row.name}: ${verdict}\n`;
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const wanted = values.only?.split(',');
  const subjects = SUBJECTS.filter(({ name, kind }) => wanted?.some((word) => word === name || word === kind) ?? true);
  const full = fullMutants();
  if (full === null) {
    const accepted = 'accepted is K/N with 1 <= K <= N, such as 3/8, together with --full';
    process.stderr.write(`--share: found ${values.share ?? ''}, ${accepted}\n`);
    return 2;
  }
  const unknown = wanted?.filter((word) => !subjects.some(({ name, kind }) => word === name || word === kind)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`--only: found ${unknown.join(', ')}, accepted are names and kinds of subjects\n`);
    return 2;
  }
  const [seed, side_by_side] = [Number(values.seed), Number(values['side-by-side'])];
  if (!Number.isInteger(seed) || !(side_by_side >= 1)) {
    process.stderr.write(
      `--seed, --side-by-side: found ${values.seed}, ${values['side-by-side']}, accepted are numbers\n`,
    );
    return 2;
  }
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort(new Error('SIGINT'));
  });
  const matrix = await runMatrix({
    subjects,
    full: (subject) => full.has(subject),
    seed,
    side_by_side,
    signal: interruption.signal,
    onSubject: (row, done, total) => {
      process.stderr.write(line(row, `${done}/${total}`));
    },
    onDoubt: (row) => {
      process.stderr.write(line(row, 'again later'));
    },
  });
  const path = await writeMatrix(matrix, values.out);
  const killers = new Set(matrix.rows.filter((row) => row.verdict?.killed).map((row) => row.verdict?.killed_by));
  const unproved = wanted === undefined ? CHECKS.filter((check) => !killers.has(check.id)) : [];
  if (unproved.length > 0) {
    process.stderr.write(`checks that nothing kills: ${unproved.map((check) => check.id).join(', ')}\n`);
  }
  const again = matrix.rows.filter((row) => row.attempts === 2).map((row) => row.name);
  if (again.length > 0) process.stdout.write(`run a second time, alone: ${again.join(', ')}\n`);
  process.stdout.write(`took ${(matrix.duration_ms / 1000).toFixed(0)} s; ${path}\n${matrix.line}\n`);
  if (interruption.signal.aborted) return 130;
  const sound = matrix.rows.length === subjects.length && matrix.rows.every((row) => troubleOf(row).length === 0);
  return matrix.complete || (wanted !== undefined && sound) ? 0 : 1;
}

process.exitCode = await main();
