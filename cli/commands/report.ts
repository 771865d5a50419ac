/** Renders a saved run again, in any format. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../harness/usage-error.ts';
import { parseResult, REPORTERS, type ReporterName } from '../../reports/index.ts';
import { ROWS } from '../../spec/rows/index.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { oneOf, outFolder } from '../options.ts';
import { killMatrixIn } from '../write-run.ts';

const NAMES = Object.keys(REPORTERS) as ReporterName[];

export async function run(input: CommandInput): Promise<CommandResult> {
  const { options, terminal } = input;
  const name = oneOf(options, 'format', NAMES, 'terminal');
  const path = await resultFile(resolve(input.arguments[0] ?? outFolder(options)));
  const result = parseResult(await readFile(path, 'utf8').catch(unreadable), path);
  const matrix = await killMatrixIn(dirname(path), terminal);
  const context = { rows: ROWS, ...matrix, colour: terminal.colour, width: terminal.width };
  const text = REPORTERS[name](result, context);
  terminal.out(text.endsWith('\n') ? text : `${text}\n`);
  if (name === 'terminal') terminal.err(`from ${path}, page: ${dirname(path)}/report.html\n`);
  return { exit_code: 0 };
}

/** A result.json, or the folder that holds one. */
async function resultFile(path: string): Promise<string> {
  const file = (await stat(path).catch(() => null))?.isDirectory() ? `${path}/result.json` : path;
  if ((await stat(file).catch(() => null)) !== null) return file;
  throw noRun(`no ${file}`, 'Run streamproof conform first, or name the folder that you gave as --out.');
}

function unreadable(error: unknown): never {
  const found = error instanceof Error ? error.message : String(error);
  throw noRun(found, 'Name another one, or mend its permissions.');
}

function noRun(found: string, remedy: string): UsageError {
  return new UsageError([{ field: '[run]', found, accepted: 'a result.json, or the folder of a run', remedy }]);
}
