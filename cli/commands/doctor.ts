import { diagnose, type Finding } from '../doctor/diagnose.ts';
import type { CommandInput, CommandResult } from '../command.ts';
import { flag } from '../options.ts';

/** Exit 1 when something is missing that every run needs. */
export async function run({ options, terminal }: CommandInput): Promise<CommandResult> {
  const findings = await diagnose();
  terminal.out(flag(options, 'json') ? `${JSON.stringify(findings, null, 2)}\n` : describe(findings));
  return { exit_code: findings.some(({ state }) => state === 'broken') ? 1 : 0 };
}

const SYMBOLS = { ready: '✓', missing: '–', broken: '✗' } as const;

function describe(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, state, found, purpose, remedy }) => [
    `${SYMBOLS[state]} ${name.padEnd(width)}  ${found}`,
    ...(state === 'ready' ? [] : [`  ${' '.repeat(width)}  needed for ${purpose}. ${remedy ?? ''}`.trimEnd()]),
  ]);
  return `${lines.join('\n')}\n`;
}
