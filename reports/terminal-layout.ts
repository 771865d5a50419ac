/** Lines, columns and colours of a terminal. */
import { printable } from './printable.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** SGR codes: on, off (ECMA-48 §8.3.117). */
const CODES: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export function painter(colour: boolean): Paint {
  return (style, text) => (colour ? `\x1b[${CODES[style][0]}m${text}\x1b[${CODES[style][1]}m` : text);
}

/**
 * Text from a target, on one line. On a CI runner the terminal is read for commands: `##[` anywhere, and `::` where a
 * line begins, blanks aside, which any word may come to do. Both are broken up.
 */
export function visible(text: string): string {
  return printable(text)
    .replaceAll('##[', '#\\x23[')
    .replace(/(^|\s)::/g, '$1:\\x3a');
}

/** The line, no longer than `width`. */
export function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** Words filled into lines of at most `width`; a longer word gets a line of its own. */
export function fill(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A label in its own column, the filled text beside it. */
export function labelled(
  label: string,
  text: string,
  indent: number,
  labelWidth: number,
  width: number,
): readonly string[] {
  const lines = fill(text, Math.max(20, width - indent - labelWidth));
  return lines.map((line, index) => `${' '.repeat(indent)}${(index === 0 ? label : '').padEnd(labelWidth)}${line}`);
}

export type Align = 'left' | 'right';

/** Columns as wide as their widest cell, two spaces apart. `paint` sees the padded cell. */
export function columns(
  rows: readonly (readonly string[])[],
  align: readonly Align[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): readonly string[] {
  const widths = align.map((_, column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row, rowIndex) => {
    const last = row.findLastIndex((cell) => cell !== '');
    return row
      .slice(0, last + 1)
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const padded = align[column] === 'right' ? cell.padStart(width) : column === last ? cell : cell.padEnd(width);
        return paint(padded, rowIndex, column);
      })
      .join('  ');
  });
}
