/** `npm run bench -- fanout|append`: measures, prints a table, writes streamproof-report/bench.json. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { append } from './append/append.ts';
import type { BenchOptions, BenchResult } from './benchmark.ts';
import { fanout } from './fanout/fanout.ts';
import { tableOf } from './table.ts';

const BENCHMARKS: Readonly<Record<string, (options: BenchOptions) => Promise<BenchResult>>> = { fanout, append };
const REPORT_DIR = 'streamproof-report';
const DEFAULT_ROUNDS = 5;
const MAX_ROUNDS = 1000;

interface Flags {
  readonly rounds: number;
  readonly quick?: boolean;
  readonly json?: boolean;
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds;
  throw new InvalidArgumentError(`Accepted is a whole number from 1 to ${MAX_ROUNDS}.`);
}

async function run(name: string, { rounds, quick = false, json = false }: Flags): Promise<void> {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) throw new InvalidArgumentError(`There is no benchmark ${name}.`);
  const progress = (line: string): void => {
    process.stderr.write(`${name}: ${line}\n`);
  };
  const result = await benchmark({ rounds, quick, progress });
  const machine = { node: process.version, platform: process.platform, cpus: availableParallelism() };
  const text = `${JSON.stringify({ schema: 'streamproof.bench/1', quick, machine, ...result }, null, 2)}\n`;
  await mkdir(REPORT_DIR, { recursive: true });
  await writeFile(`${REPORT_DIR}/bench-${name}.json`, text);
  process.stdout.write(json ? text : tableOf(result));
}

await new Command('bench')
  .description('Compares the reference server with the barest peer, side by side, as ratios.')
  .addArgument(new Argument('<benchmark>', 'what to measure').choices(Object.keys(BENCHMARKS)))
  .option('--rounds <n>', 'how often both sides run', roundsOf, DEFAULT_ROUNDS)
  .option('--quick', 'little work: shows that it runs, its figures mean little')
  .option('--json', 'print the result as JSON instead of a table')
  .action(run)
  .parseAsync();
