#!/usr/bin/env node
/** The entry: turns a command line into an exit code. The only place that ends the process. */
import { LaunchError } from '../harness/launch/instance-process.ts';
import { UsageError } from '../harness/usage-error.ts';
import { COMMANDS } from './catalog.ts';
import { shownCommandLine } from './command-line.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

const USAGE = 2;
const INCONCLUSIVE = 3;
const INTERRUPTED = 130;
/** Two signals this close together are one Ctrl-C. */
const SAME_WISH_MS = 1_000;

const terminal = processTerminal();
const interruption = new AbortController();
/** When the run was first asked to end. */
let asked_ms: number | null = null;

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // npm and npx hand on the signal that the terminal gave us already: what comes at once is the same wish.
    if (asked_ms !== null && performance.now() - asked_ms < SAME_WISH_MS) return;
    // Whoever asks twice does not want to wait for the report.
    if (asked_ms !== null) process.exit(INTERRUPTED);
    asked_ms = performance.now();
    interruption.abort(new Error(name));
  });
}
// Node's own exit code for these is 1, which would read as a requirement that failed.
process.on('uncaughtException', (error) => {
  terminal.err(`streamproof: an error of its own, please report it:\n${describe(error)}\n`);
  process.exit(INCONCLUSIVE);
});
// A reader that went away (`| head`; `2>&1 | tee` that the same Ctrl-C ended) is no reason for a stack trace, and costs
// no report.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const context = { signal: interruption.signal, terminal, command_line: shownCommandLine(argv) };
  try {
    return (await runProgram(argv, COMMANDS, context)).exit_code;
  } catch (error) {
    if (error instanceof UsageError || error instanceof LaunchError) {
      terminal.err(`streamproof: ${error.message}\n`);
      return USAGE;
    }
    if (interruption.signal.aborted) return INTERRUPTED;
    terminal.err(`streamproof: an error of its own, please report it:\n${describe(error)}\n`);
    return INCONCLUSIVE;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exitCode = await main(process.argv.slice(2));
// Whatever a command forgot to close must not keep the process.
if (process.stdout.writableLength === 0) process.exit();
process.stdout.once('drain', () => process.exit());
