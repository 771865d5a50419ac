/** Writes a finished run: its folder, every report, and what the terminal and GitHub show. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Artefacts } from '../harness/artefacts.ts';
import { makeFolder, probeFile, probeFolder } from '../harness/make-folder.ts';
import type { Manifest, RunResult } from '../harness/result.ts';
import { UsageError } from '../harness/usage-error.ts';
import {
  parseKillMatrix,
  parseResult,
  renderStepSummary,
  REPORTERS,
  type ReportContext,
  type ReporterName,
} from '../reports/index.ts';
import { ROWS } from '../spec/rows/index.ts';
import type { CommandInput, Terminal } from './command.ts';
import { flag, namedPaths, outFolder } from './options.ts';
import { unwritable, unwritableError } from './unwritable.ts';

const REPORTER_NAMES = Object.keys(REPORTERS) as ReporterName[];

/** The files of a run's folder beside result.json, history.jsonl and manifest.json. */
const FILES: readonly (readonly [name: string, reporter: ReporterName])[] = [
  ['report.html', 'html'],
  ['junit.xml', 'junit'],
  ['results.tap', 'tap'],
  ['summary.md', 'markdown'],
];

/** What `npm run kill-matrix` left in a folder; a file that is none is told, and costs the report its column only. */
export async function killMatrixIn(
  folder: string,
  { err }: Pick<Terminal, 'err'>,
): Promise<Pick<ReportContext, 'kill_matrix'>> {
  const path = join(folder, 'kill-matrix.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return {};
  try {
    return { kill_matrix: parseKillMatrix(text, path) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err(`The report leaves the kill matrix out. ${error.message}\n`);
    return {};
  }
}

export interface RunOutput {
  readonly artefacts: Artefacts;
  /** Writes everything and prints the verdict. */
  finish(result: RunResult): Promise<void>;
}

/** The latest run under a folder; null when there is none. @throws UsageError when it is no result. */
export async function latestResult(folder: string): Promise<RunResult | null> {
  const path = join(folder, 'result.json');
  const saved = await readFile(path, 'utf8').catch(() => null);
  return saved === null ? null : parseResult(saved, path);
}

/**
 * Whether everything that a run leaves behind can be written, before anything is started for it.
 * @throws UsageError
 */
export async function checkOutput({ options }: Pick<CommandInput, 'options'>): Promise<void> {
  const folder = outFolder(options);
  await probeFolder(folder).catch(unwritable('--out', 'a folder that can be written'));
  for (const { path } of namedPaths(options, 'reporter', REPORTER_NAMES)) {
    const file = resolve(path);
    // The run's folder may not be there yet; by the time of the report it is one.
    if (file === folder || folder.startsWith(file + sep))
      throw unwritableError('--reporter', `${path}, a folder of --out`);
    await probeFile(file).catch(unwritable('--reporter'));
  }
}

/** Opens the run's folder before the target is touched, so that a folder that cannot be written costs nothing. */
export async function openOutput(input: CommandInput, manifest: Manifest): Promise<RunOutput> {
  const { options, terminal } = input;
  const extra = namedPaths(options, 'reporter', REPORTER_NAMES);
  const folder = outFolder(options);
  // A comparison is a courtesy: an unreadable old result must not stop a new run.
  const previous = await latestResult(folder).catch(() => null);
  const artefacts = await Artefacts.open(folder, manifest);
  return {
    artefacts,
    finish: async (result) => {
      const comparable = previous?.manifest.target.name === result.manifest.target.name;
      const matrix = await killMatrixIn(folder, terminal);
      const context: ReportContext = { rows: ROWS, ...matrix, ...(comparable ? { previous } : {}) };
      for (const [name, reporter] of FILES) await artefacts.write(name, REPORTERS[reporter](result, context));
      await artefacts.finish(result);
      const shown = flag(options, 'json')
        ? REPORTERS.json(result, context)
        : REPORTERS.terminal(result, { ...context, colour: terminal.colour, width: terminal.width });
      terminal.out(shown.endsWith('\n') ? shown : `${shown}\n`);
      terminal.err(`report: ${join(folder, 'report.html')}\n`);
      await tellGithub(result, context, input);
      // Last: one that cannot be written after all must not cost the verdict.
      for (const { name, path } of extra) await writeReport(path, REPORTERS[name](result, context));
    },
  };
}

async function writeReport(path: string, content: string): Promise<void> {
  const file = resolve(path);
  await makeFolder(dirname(file))
    .then(() => writeFile(file, content))
    .catch(unwritable('--reporter'));
}

/** On GitHub Actions annotations go to the log and the summary to its own file, without being asked for. */
async function tellGithub(
  result: RunResult,
  context: ReportContext,
  { options, terminal }: CommandInput,
): Promise<void> {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return;
  if (!flag(options, 'json')) terminal.out(REPORTERS.github(result, context));
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined) await appendFile(summary, renderStepSummary(result, context));
}
