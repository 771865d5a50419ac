import { buildManifest } from '../../harness/runner/manifest.ts';
import { WAIT_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { UsageError, type Problem } from '../../harness/usage-error.ts';
import { SCENARIOS, scenarioOf } from '../../scenarios/index.ts';
import { durationProblems, prepareScenario } from '../../scenarios/prepare.ts';
import { runScenario } from '../../scenarios/run-scenario.ts';
import { gatherThresholds, type ThresholdSources } from '../../scenarios/threshold-sources.ts';
import type { JsonValue } from '../../spec/wire.ts';
import { quoted } from '../command-line.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { loadProgress } from '../load-progress.ts';
import { openTarget } from '../open-target.ts';
import { duration, flag, seedFrom, text } from '../options.ts';
import { planFrom } from '../plan-file.ts';
import { checkOutput, openOutput } from '../write-run.ts';

export async function run(input: CommandInput): Promise<CommandResult> {
  const { options, terminal, signal } = input;
  if (flag(options, 'list')) {
    terminal.out(SCENARIOS.map(({ name, title }) => `${name.padEnd(20)} ${title}\n`).join(''));
    return { exit_code: 0 };
  }
  // All of the command line that no target is needed for is checked before one is looked for or started.
  const scenario = scenarioOf(input.arguments[0]);
  const seed = seedFrom(options);
  const duration_ms = duration(options, 'duration', scenario.duration_ms);
  const wait_ms = duration(options, 'wait', WAIT_TIMEOUT_MS);
  const asked = { command_line: texts(options['threshold']), abort_on_fail: flag(options, 'abortOnFail') };
  const problems = [...durationProblems(scenario, duration_ms), ...abortProblems(asked)];
  if (problems.length > 0) throw new UsageError(problems);
  gatherThresholds({ ...asked, config: {}, scenario: [] }, null);
  const plan = await planFrom(text(options, 'plan'));
  await checkOutput(input);
  await using opened = await openTarget(input, { url: null, example: 'streamproof load restart-mid-run --self' });
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

/** It is about the budgets beside it: those of a config say it for themselves. */
function abortProblems(asked: Pick<ThresholdSources, 'command_line' | 'abort_on_fail'>): Problem[] {
  if (!asked.abort_on_fail || asked.command_line.length > 0) return [];
  const accepted = 'it beside --threshold; a threshold of the config has its own abortOnFail';
  return [{ field: '--abort-on-fail', found: 'it without --threshold', accepted, remedy: 'Add a --threshold.' }];
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
