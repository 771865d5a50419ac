/** Bytes as text that can be shown anywhere: UTF-8 where it is printable, `\xNN` for every other byte. */

/** Controls, surrogates, unassigned and private characters, line and paragraph separators, and what hides or turns text. */
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

function sequenceLength(lead: number): number {
  return lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

export function printableBytes(bytes: Buffer): string {
  let text = '';
  for (let position = 0; position < bytes.length;) {
    const lead = bytes[position] ?? 0;
    const sequence = bytes.subarray(position, position + sequenceLength(lead));
    const character = sequence.toString('utf8');
    if (!NOT_PRINTABLE.test(character) && Buffer.from(character).equals(sequence)) {
      text += character;
      position += sequence.length;
    } else {
      text += `\\x${lead.toString(16).padStart(2, '0')}`;
      position++;
    }
  }
  return text;
}

/** The largest offset up to `limit` that does not split a character. */
export function characterBoundary(bytes: Buffer, limit: number): number {
  let boundary = Math.min(limit, bytes.length);
  while (boundary > 0 && boundary < bytes.length && ((bytes[boundary] ?? 0) & 0xc0) === 0x80) boundary--;
  return boundary;
}
