/**
 * Commands and URLs that only an operator knows, as far as they may be shown. What in them is a secret nobody can tell
 * by its form: a config in TypeScript has filled in its variables itself, and in YAML a password may stand as it is.
 */
import { PLACEHOLDER } from './placeholders.ts';

/** What the harness or the environment fills in shows nothing. */
const FILLED_IN = new RegExp(String.raw`(\$\$?\{\w+\}|${PLACEHOLDER.source})`);
/** Neither an assignment nor an address: `TOKEN=… program` begins with no program. */
const PROGRAM = /^\s*([\w./-]+)(?=\s|$)/;

/** Which program, and what will be filled in. */
export function redactCommand(command: string): string {
  const program = PROGRAM.exec(command)?.[1] ?? '';
  const place = command.indexOf(program) + program.length;
  const rest = hidden(command.slice(place), '‹arguments hidden›');
  return program === '' || rest === '' ? program + rest : `${program} ${rest}`;
}

/** Where it goes, without what is asked there. */
export function redactUrl(url: string): string {
  const [, where = '', mark = '', rest = ''] = /^([^?#]*)([?#]?)(.*)$/s.exec(url) ?? [];
  return where + mark + hidden(rest, '‹query hidden›');
}

function hidden(text: string, word: string): string {
  return text
    .split(FILLED_IN)
    .map((part, index) => (index % 2 === 1 || part.trim() === '' ? part : word))
    .join('')
    .trim();
}
