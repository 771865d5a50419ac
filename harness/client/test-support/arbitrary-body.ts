/** Random event-stream bodies, dense in what parsers get wrong, and random ways to cut them. */
import fc from 'fast-check';

const FIELDS = ['data', 'id', 'event', 'retry', 'Data', 'dat', 'datax', 'id ', ' data', 'x', '', '\ufeffdata'];
const VALUES = [
  '',
  'x',
  ' x',
  '  ',
  '\tx',
  '0',
  '42',
  '007',
  '1e3',
  'a:b',
  'é',
  '—',
  '𝒳',
  '\ufeff',
  '\u2028',
  'a\0b',
  '-1',
];
const SEPARATORS = [':', ': ', ''];
const LINE_ENDS = ['\n', '\r', '\r\n'];

const line = fc
  .tuple(fc.constantFrom(...FIELDS), fc.constantFrom(...SEPARATORS), fc.constantFrom(...VALUES))
  .map((parts) => parts.join(''));
const lineEnd = fc.constantFrom(...LINE_ENDS);

const block = fc
  .tuple(fc.array(fc.tuple(line, lineEnd), { maxLength: 4 }), lineEnd)
  .map(([lines, blank]) => lines.flat().join('') + blank);

/** Text of blocks, perhaps with a byte order mark before and an unfinished line after. */
export const bodyText = fc
  .tuple(fc.constantFrom('', '', '\ufeff'), fc.array(block, { maxLength: 6 }), fc.option(line, { nil: '' }))
  .map(([bom, blocks, rest]) => bom + blocks.join('') + rest);

const token = fc.constantFrom(
  ...['data', 'id', ':', ' ', '\n', '\n\n', '\r', '\r\r', '\r\n', '\0', 'x', '7'],
  ...['\xef', '\xbb', '\xbf', '\xef\xbb\xbf', '\xe2\x82', '\xac', '\xf0\x9d', '\xff', '\xc0\xaf'],
);

/** Bytes that are often no UTF-8. */
export const bodyBytes = fc.oneof(
  bodyText.map((text) => Buffer.from(text)),
  fc.array(token, { maxLength: 30 }).map((tokens) => Buffer.from(tokens.join(''), 'latin1')),
);

/** Ascending offsets in `[0, length]`, scaled from fractions so that they shrink with the body. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

export function cutOffsets(fractions: readonly number[], length: number): number[] {
  return fractions.map((fraction) => Math.floor(fraction * length)).sort((a, b) => a - b);
}
