/** The terminal this process was given: colours and rewriting only where somebody looks. */
import type { Terminal } from './command.ts';

const DEFAULT_WIDTH = 100;

/** @see https://no-color.org: set and not empty means no colours. */
export function processTerminal(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const { stdout, stderr } = process;
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    live: stderr.isTTY && environment['TERM'] !== 'dumb' && (environment['CI'] ?? '') === '',
    colour: stdout.isTTY && !plain,
    width: stdout.isTTY ? stdout.columns : DEFAULT_WIDTH,
  };
}
