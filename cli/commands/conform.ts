import { CHECKS } from '../../conformance/index.ts';
import { buildManifest } from '../../harness/runner/manifest.ts';
import { readExpectedFailures } from '../../harness/runner/expected-failures.ts';
import type { RunResult } from '../../harness/result.ts';
import { runChecks, type RunOptions } from '../../harness/runner/runner.ts';
import { matching, select, type Selection } from '../../harness/runner/selection.ts';
import { WAIT_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { UsageError } from '../../harness/usage-error.ts';
import { ROWS } from '../../spec/rows/index.ts';
import { quoted } from '../command-line.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { listChecks, describeRequests } from '../listing.ts';
import { openTarget, type OpenedTarget } from '../open-target.ts';
import { duration, flag, integer, list, outFolder, seedFrom, text } from '../options.ts';
import { progress } from '../progress.ts';
import { unlockHint } from '../unlock-hint.ts';
import { checkOutput, latestResult, openOutput } from '../write-run.ts';

type Wanted = Pick<
  RunOptions,
  'selection' | 'require' | 'expected_failures' | 'seed' | 'repeat' | 'bail' | 'strict' | 'wait_ms' | 'permission'
>;

export async function run(input: CommandInput): Promise<CommandResult> {
  // All of the command line that no target is needed for is checked before one is looked for or started.
  const wanted = await wantedFrom(input);
  const selected = select(CHECKS, ROWS, wanted.selection);
  matching(wanted.require, CHECKS, ROWS, '--require');
  if (flag(input.options, 'list')) {
    input.terminal.out(listChecks(selected));
    return { exit_code: 0 };
  }
  const isDry = flag(input.options, 'dryRun');
  if (!isDry) await checkOutput(input);
  const example = 'streamproof conform http://localhost:8080';
  await using opened = await openTarget(input, { url: input.arguments[0], example });
  if (isDry) {
    input.terminal.out(describeRequests(selected, opened.target, wanted.permission));
    return { exit_code: 0 };
  }
  return await judge(input, opened, wanted);
}

async function judge(input: CommandInput, opened: OpenedTarget, wanted: Wanted): Promise<CommandResult> {
  const { target, shown } = opened;
  const { seed } = wanted;
  const manifest = buildManifest({ target, seed, command: input.command_line, config: shown, plan: null });
  const output = await openOutput(input, manifest);
  input.terminal.err(`seed ${String(seed)}\n`);
  const judged = await runChecks({
    ...wanted,
    target,
    rows: ROWS,
    checks: CHECKS,
    signal: input.signal,
    manifest,
    replay: (id) =>
      ['streamproof', 'conform', ...opened.replay, '--only', id, '--seed', String(seed)].map(quoted).join(' '),
    onEvent: progress(input.terminal),
    onHistory: (id, records) => {
      output.artefacts.history(id, records);
    },
  });
  const result = await besideReference(input, judged);
  await output.finish(result);
  const reached = result.summary.pass + result.summary.fail > 0;
  if (opened.bare && reached && !flag(input.options, 'json')) input.terminal.out(unlockHint(target.url.href, result));
  return { exit_code: result.exit_code };
}

/** A healthy reference has nothing to be held against. */
async function besideReference({ options, signal, terminal }: CommandInput, result: RunResult): Promise<RunResult> {
  const healthy = flag(options, 'self') && text(options, 'defect') === undefined;
  if (options['reference'] === false || healthy || signal.aborted || result.summary.fail === 0) return result;
  const { withReference } = await import('../../proof/reference-beside.ts');
  terminal.err('the same with the healthy reference …\n');
  return await withReference(result, { seed: result.manifest.seed, signal });
}

async function wantedFrom({ options }: CommandInput): Promise<Wanted> {
  const file = text(options, 'expectedFailures');
  return {
    selection: await selectionFrom(options),
    require: list(options, 'require'),
    expected_failures: file === undefined ? new Map() : await readExpectedFailures(file, CHECKS),
    seed: seedFrom(options),
    repeat: integer(options, 'repeat', { min: 1, max: 10_000, fallback: 1 }),
    bail: flag(options, 'bail'),
    strict: flag(options, 'strict'),
    wait_ms: duration(options, 'wait', WAIT_TIMEOUT_MS),
    permission: { remote_faults: flag(options, 'allowRemoteFaults') },
  };
}

async function selectionFrom(options: CommandInput['options']): Promise<Selection> {
  const only = list(options, 'only');
  const skip = list(options, 'skip');
  return flag(options, 'failed')
    ? { only: [...only, ...(await failedBefore(outFolder(options)))], skip }
    : { only, skip };
}

/** Checks that did not hold in the latest run. */
async function failedBefore(folder: string): Promise<string[]> {
  const previous = await latestResult(folder);
  const failed = previous?.checks.filter(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive') ?? [];
  if (failed.length > 0) return failed.map(({ id }) => id);
  throw new UsageError([
    {
      field: '--failed',
      found: previous === null ? `no result.json in ${folder}` : 'no check that failed or was inconclusive',
      accepted: 'a folder whose latest run has such checks',
      remedy: 'Run without --failed, or name the folder with --out.',
    },
  ]);
}
