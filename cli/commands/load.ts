import { readFile } from 'node:fs/promises';
import { parsePlan, PlanError, type Plan } from '../../chaos/plan.ts';
import { buildManifest } from '../../harness/runner/manifest.ts';
import { WAIT_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { UsageError } from '../../harness/usage-error.ts';
import { SCENARIOS, scenarioOf } from '../../scenarios/index.ts';
import { prepareScenario } from '../../scenarios/prepare.ts';
import { runScenario } from '../../scenarios/run-scenario.ts';
import { gatherThresholds } from '../../scenarios/threshold-sources.ts';
import type { JsonValue } from '../../spec/wire.ts';
import { quoted } from '../command-line.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { loadProgress } from '../load-progress.ts';
import { openTarget } from '../open-target.ts';
import { duration, flag, seedFrom, text } from '../options.ts';
import { openOutput } from '../write-run.ts';

export async function run(input: CommandInput): Promise<CommandResult> {
  const { options, terminal, signal } = input;
  if (flag(options, 'list')) {
    terminal.out(SCENARIOS.map(({ name, title }) => `${name.padEnd(20)} ${title}\n`).join(''));
    return { exit_code: 0 };
  }
  // All of the command line is checked before anything is started.
  const scenario = scenarioOf(input.arguments[0]);
  const seed = seedFrom(options);
  const duration_ms = duration(options, 'duration', scenario.duration_ms);
  const wait_ms = duration(options, 'wait', WAIT_TIMEOUT_MS);
  const asked = { command_line: texts(options['threshold']), abort_on_fail: flag(options, 'abortOnFail') };
  gatherThresholds({ ...asked, config: {}, scenario: [] }, null);
  const plan = await planFrom(text(options, 'plan'));
  await using opened = await openTarget(input);
  const { target, shown } = opened;
  const prepared = prepareScenario({
    scenario,
    target,
    seed,
    duration_ms,
    thresholds: { ...asked, config: opened.thresholds },
    permission: { remote_faults: flag(options, 'allowRemoteFaults') },
    ...(plan === undefined ? {} : { plan }),
  });
  const manifest = buildManifest({
    target,
    seed,
    command: input.command_line,
    config: shown,
    plan: prepared.plan as unknown as JsonValue,
  });
  const output = await openOutput(input, manifest);
  terminal.err(`seed ${String(seed)}\n`);
  const result = await runScenario({
    prepared,
    manifest,
    signal,
    wait_ms,
    replay: ['streamproof', 'load', scenario.name, ...opened.replay, ...again(options), '--seed', String(seed)]
      .map(quoted)
      .join(' '),
    onEvent: loadProgress(terminal),
    onHistory: (records) => {
      output.artefacts.history(scenario.name, records);
    },
  });
  await output.finish(result);
  return { exit_code: result.exit_code };
}

/** Not split at commas: they separate tags too. */
function texts(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).map(String) : [];
}

/** What else the same run takes, as it was given. */
function again(options: CommandInput['options']): string[] {
  const valued = ['duration', 'plan'].flatMap((name) => {
    const value = text(options, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const thresholds = texts(options['threshold']).flatMap((expression) => ['--threshold', expression]);
  const flags = [
    ...(flag(options, 'abortOnFail') ? ['--abort-on-fail'] : []),
    ...(flag(options, 'allowRemoteFaults') ? ['--allow-remote-faults'] : []),
  ];
  return [...valued, ...thresholds, ...flags];
}

/** A plan by itself, or the manifest or result of the run that it is taken from. */
async function planFrom(file: string | undefined): Promise<Plan | undefined> {
  if (file === undefined) return undefined;
  const accepted = 'a file that holds a resolved fault plan, or a manifest.json or result.json with one';
  const remedy = 'For example streamproof-report/manifest.json.';
  try {
    const parsed = JSON.parse(await readFile(file, 'utf8')) as PlanHolder | null;
    return parsePlan(parsed?.manifest?.plan ?? parsed?.plan ?? parsed);
  } catch (error) {
    if (error instanceof PlanError) {
      throw new UsageError(
        error.problems.map(({ field, message }) => {
          const place = field === '' ? `--plan ${file}` : `--plan ${file}, ${field}`;
          return { field: place, found: message, accepted, remedy };
        }),
      );
    }
    if (error instanceof Error) {
      throw new UsageError([{ field: '--plan', found: `${file}: ${error.message}`, accepted, remedy }]);
    }
    throw error;
  }
}

interface PlanHolder {
  readonly plan?: unknown;
  readonly manifest?: { readonly plan?: unknown };
}
