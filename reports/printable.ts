/**
 * Text of a target is hostile until shown otherwise: what would move a cursor, hide text or be no character at all is
 * written as an escape. Source of the ranges: Unicode general category Cc, the bidirectional controls of UAX #9.
 */

const HIDDEN = /[\p{Cc}\p{Surrogate}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/gu;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** One line of visible characters. */
export function printable(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** The same, with line breaks kept. */
export function printableLines(text: string): string {
  return text
    .split(/\r\n|\n/)
    .map(printable)
    .join('\n');
}

/** The first `limit` characters, and how much was left out. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit).replace(/\p{Surrogate}$/u, '');
  return `${kept}… (${(text.length - kept.length).toLocaleString('en-US')} more characters)`;
}
