/** Runs command lines inside the test's process, with what they print at hand. */
import { COMMANDS } from '../catalog.ts';
import type { CommandSpec, Terminal } from '../command.ts';
import { shownCommandLine } from '../command-line.ts';
import { runProgram } from '../program.ts';

export interface Output {
  readonly exit_code: number;
  readonly out: string;
  readonly err: string;
}

export function captured(live = false): Terminal & { readonly printed: { out: string; err: string } } {
  const printed = { out: '', err: '' };
  return {
    printed,
    out: (text) => (printed.out += text),
    err: (text) => (printed.err += text),
    live,
    colour: false,
    width: 100,
  };
}

/** Rejects with what the command throws, as main sees it. */
export async function runLine(
  argv: readonly string[],
  {
    signal = new AbortController().signal,
    commands = COMMANDS,
  }: { signal?: AbortSignal; commands?: readonly CommandSpec[] } = {},
): Promise<Output> {
  const terminal = captured();
  const { exit_code } = await runProgram(argv, commands, { signal, terminal, command_line: shownCommandLine(argv) });
  return { exit_code, ...terminal.printed };
}
