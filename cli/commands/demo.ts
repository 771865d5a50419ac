/** The first thing a newcomer runs. */
import { CHECKS } from '../../conformance/index.ts';
import type { HistoryRecord } from '../../harness/history.ts';
import { runDemo, type DemoEvent } from '../../proof/demo.ts';
import type { CommandInput, CommandResult, Terminal } from '../command.ts';
import { loadProgress } from '../load-progress.ts';
import { seedFrom } from '../options.ts';
import { progress } from '../progress.ts';
import { checkOutput, openOutput } from '../write-run.ts';

export async function run(input: CommandInput): Promise<CommandResult> {
  const { signal, terminal, command_line } = input;
  const seed = seedFrom(input.options);
  await checkOutput(input);
  terminal.err(`seed ${seed}, ${CHECKS.length} checks\n`);
  // The run's folder is named when the run is known; what a demo writes down until then is a few megabytes.
  const history: (readonly [id: string, records: readonly HistoryRecord[]])[] = [];
  const result = await runDemo({
    seed,
    command: 'streamproof conform --self',
    signal,
    onEvent: show(terminal),
    onHistory: (id, records) => {
      history.push([id, records]);
    },
  });
  const output = await openOutput(input, { ...result.manifest, command: command_line });
  for (const [id, records] of history) output.artefacts.history(id, records);
  await output.finish({ ...result, manifest: { ...result.manifest, command: command_line } });
  return { exit_code: result.exit_code };
}

function show(terminal: Terminal): (event: DemoEvent) => void {
  const onCheck = progress(terminal);
  const onLoad = loadProgress(terminal);
  return (event) => {
    if (event.kind === 'stage') terminal.err(`\n${event.number}/${event.of}  ${event.title}\n`);
    else if (event.kind === 'check') onCheck(event.event);
    else onLoad(event.event);
  };
}
