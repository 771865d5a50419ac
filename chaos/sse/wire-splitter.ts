/**
 * Splits the bytes of an event stream where it may be cut, reordered or added to, however they are chunked, and keeps
 * every byte: the concatenation of all `raw` and of `rest()` is the input. It interprets no more than faults need;
 * judging is the harness's parser's.
 */

/** One block: from its first field line to the blank line that dispatches it, comments between them included. */
export interface WireBlock {
  readonly kind: 'block';
  readonly raw: Buffer;
  /** Offset of its first byte in the body. */
  readonly offset: number;
  /** In order; a line without a colon is a name with an empty value. Comments are left out. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Last `id:` of the block; null when it has none. */
  readonly id: string | null;
  /** The `data:` lines joined by LF; null when it has none. */
  readonly data: string | null;
}

/** What stands between blocks: a comment line, a blank line, the byte order mark. */
export interface WireFiller {
  readonly kind: 'filler';
  readonly raw: Buffer;
  readonly offset: number;
  /** Text of the comment; null for a blank line or the mark. */
  readonly comment: string | null;
}

export type WireItem = WireBlock | WireFiller;

const LF = 0x0a;
const CR = 0x0d;
export const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function parseField(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}

export class WireSplitter {
  /** Bytes not handed out yet; they begin at an item's first byte. */
  #pending: Buffer = Buffer.alloc(0);
  /** Body offset of the first pending byte. */
  #offset = 0;
  /** Start of the line under way, and up to where it was searched for its end; both within #pending. */
  #line = 0;
  #scanned = 0;
  #lines: string[] = [];
  /** The last byte looked at was a CR that ended a line: an LF now belongs to it. */
  #after_cr = false;

  push(bytes: Buffer): WireItem[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const items: WireItem[] = [];
    if (this.#offset === 0 && this.#line === 0 && this.#scanned === 0) {
      const head = this.#pending.subarray(0, BYTE_ORDER_MARK.length);
      if (head.equals(BYTE_ORDER_MARK)) items.push(this.#take(head.length, null));
      else if (BYTE_ORDER_MARK.subarray(0, head.length).equals(head)) return items;
    }
    while (this.#scanned < this.#pending.length) {
      const byte = this.#pending[this.#scanned];
      this.#scanned += 1;
      const ends_cr = this.#after_cr && byte === LF;
      this.#after_cr = byte === CR;
      if (ends_cr) this.#skipLineFeed(items);
      else if (byte === LF || byte === CR) this.#endLine(items);
    }
    return items;
  }

  /** The bytes of an item that has not ended. */
  rest(): Buffer {
    return this.#pending;
  }

  /** The LF of a CRLF: the line ended at its CR, which may have been handed out already. */
  #skipLineFeed(items: WireItem[]): void {
    if (this.#lines.length === 0) items.push(this.#take(this.#scanned, null));
    else this.#line = this.#scanned;
  }

  #endLine(items: WireItem[]): void {
    // Take the LF along when it is here already.
    if (this.#after_cr && this.#pending[this.#scanned] === LF) {
      this.#scanned += 1;
      this.#after_cr = false;
    }
    const line = this.#pending.toString('utf8', this.#line, this.#scanned).replace(/\r?\n$|\r$/, '');
    this.#line = this.#scanned;
    if (this.#lines.length === 0 && (line === '' || line.startsWith(':'))) {
      items.push(this.#take(this.#scanned, line === '' ? null : line.slice(1)));
    } else if (line === '') {
      items.push(this.#takeBlock());
    } else {
      this.#lines.push(line);
    }
  }

  #takeBlock(): WireBlock {
    const fields = this.#lines.filter((line) => !line.startsWith(':')).map(parseField);
    this.#lines = [];
    const values = (name: string): string[] => fields.filter(([field]) => field === name).map(([, value]) => value);
    const data = values('data');
    const { raw, offset } = this.#cut(this.#scanned);
    return {
      kind: 'block',
      raw,
      offset,
      fields,
      id: values('id').at(-1) ?? null,
      data: data.length === 0 ? null : data.join('\n'),
    };
  }

  #take(length: number, comment: string | null): WireFiller {
    return { kind: 'filler', ...this.#cut(length), comment };
  }

  #cut(length: number): { readonly raw: Buffer; readonly offset: number } {
    const raw = this.#pending.subarray(0, length);
    const offset = this.#offset;
    this.#pending = this.#pending.subarray(length);
    this.#offset += length;
    this.#line = 0;
    this.#scanned = 0;
    return { raw, offset };
  }
}

/** A block written afresh. */
export function encodeBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.from(`${fields.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`, 'utf8');
}
