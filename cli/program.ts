/** The command line as commander knows it. Nothing here exits or prints by itself. */
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../harness/version.ts';
import type { CommandInput, CommandResult, CommandSpec } from './command.ts';

export type ProgramContext = Pick<CommandInput, 'signal' | 'terminal' | 'command_line'>;

/** Exit code of wrong usage. */
const USAGE = 2;

/** Parses and runs one command line. Rejects with what the command throws; wrong usage was told already. */
export async function runProgram(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  context: ProgramContext,
): Promise<CommandResult> {
  let result: CommandResult = { exit_code: 0 };
  const program = configured(new Command('streamproof'), context)
    .description('Conformance, load and chaos harness for resumable event-streaming HTTP services.')
    .version(packageVersion(), '-V, --version');
  for (const spec of commands) {
    const command = configured(program.command(spec.name), context).description(spec.summary);
    for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.description);
    for (const { flags, description, repeatable } of spec.options) {
      if (repeatable === true) command.option(flags, `${description}; repeatable`, collect);
      else command.option(flags, description);
    }
    command.addHelpText('after', ['', 'Examples:', ...spec.examples.map((line) => `  ${line}`)].join('\n'));
    command.action(async (...given: unknown[]) => {
      const { run } = await spec.load();
      const positional = given.slice(0, spec.arguments?.length ?? 0) as (string | undefined)[];
      result = await run({ arguments: positional, options: command.opts(), ...context });
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end that way too, with 0. Help for want of a command is wrong usage.
    return { exit_code: error.exitCode === 0 ? 0 : USAGE };
  }
  return result;
}

function configured(command: Command, { terminal }: ProgramContext): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => {
      terminal.out(text);
    },
    writeErr: (text) => {
      terminal.err(text);
    },
    getOutHelpWidth: () => terminal.width,
    getErrHelpWidth: () => terminal.width,
  });
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
