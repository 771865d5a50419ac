/** The command line as it may be shown: in a manifest, a report, a replay line. */
import { MASK } from '../harness/config/redact-document.ts';

/** Header values and passwords in URLs are masked; words are quoted where a shell needs it. */
export function shownCommandLine(argv: readonly string[]): string {
  const words = argv.map((word, index) => {
    if (isHeaderFlag(argv[index - 1])) return maskHeader(word);
    const joined = /^(--header=|-H)(.+)$/s.exec(word);
    if (joined !== null) return `${joined[1] ?? ''}${maskHeader(joined[2] ?? '')}`;
    return word.replace(/(:\/\/)[^/@\s]+@/, `$1${MASK}@`);
  });
  return ['streamproof', ...words].map(quoted).join(' ');
}

function isHeaderFlag(word: string | undefined): boolean {
  return word === '-H' || word === '--header';
}

export function maskHeader(header: string): string {
  const split = header.indexOf(':');
  return split === -1 ? MASK : `${header.slice(0, split)}: ${MASK}`;
}

export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
