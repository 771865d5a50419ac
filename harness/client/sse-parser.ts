/**
 * Incremental parser of `text/event-stream`, exactly as WHATWG HTML §9.2.6 reads it. It scans bytes and decodes only
 * the values of fields, so that it can also be the load engine's parser. Items do not depend on how the bytes were cut
 * into chunks: a block ends with the first byte that ends its blank line, and the LF of a CRLF there belongs to no block.
 */
import type { SseItem } from './sse-event.ts';

/** What one block may hold before the parser gives up on it; comments are handed out at once and do not count. */
const DEFAULT_MAX_BLOCK_BYTES = 8 * 1024 * 1024;

export interface SseParserOptions {
  /** What the client had seen when it connected. As in browsers an event without `id:` keeps it. */
  readonly last_event_id?: string;
  readonly max_block_bytes?: number;
}

export interface SseParser {
  /** May throw `SseBlockTooLarge`; the parser is dead after it. `chunk` is not kept. */
  push(chunk: Uint8Array, at_ms: number): void;
  /** The body ended: an unfinished block is dropped. */
  end(): void;
  /** What an EventSource would send on reconnect. Moves at a blank line only. */
  readonly last_event_id: string;
  /** Last valid `retry:`, in force from its own line on; null before the first. */
  readonly retry_ms: number | null;
}

/** The server keeps a block open beyond what a reader may be made to hold. */
export class SseBlockTooLarge extends Error {
  override readonly name = 'SseBlockTooLarge';
  readonly start_offset: number;
  constructor(start_offset: number, max_block_bytes: number) {
    super(`the SSE block at byte ${start_offset} holds more than ${max_block_bytes} bytes without a blank line`);
    this.start_offset = start_offset;
  }
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BOM = [0xef, 0xbb, 0xbf] as const;
const SETTLED = BOM.length + 1;

const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const ID = Buffer.from('id');
const RETRY = Buffer.from('retry');

/** Where the value of the line `bytes[from, to)` starts when its field is `name`; -1 when it is another. */
function valueStart(bytes: Buffer, from: number, to: number, name: Buffer): number {
  const colon = from + name.length;
  if (to < colon || (to > colon && bytes[colon] !== COLON)) return -1;
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return -1;
  if (to === colon) return to;
  return colon + 1 < to && bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
}

class IncrementalSseParser implements SseParser {
  readonly #onItem: (item: SseItem) => void;
  readonly #max_block_bytes: number;

  /** Offset in the body of the next byte to be pushed. */
  #offset = 0;
  #closed = false;
  /** How many bytes of a BOM were seen; SETTLED once that is decided. */
  #bom = 0;
  /** The last line ended with CR: an LF right after it is the rest of that line's end. */
  #after_cr = false;

  /** Bytes of the line that the last chunk left unfinished. */
  #carry = Buffer.alloc(256);
  #carry_length = 0;
  #line_start = 0;

  /** -1 between blocks. */
  #block_start = -1;
  #held_bytes = 0;
  #has_fields = false;
  #data: string | null = null;
  #type = '';
  #has_id = false;
  #block_retry_ms: number | null = null;

  /** WHATWG's "last event ID buffer": becomes the cursor at the blank line. */
  #id_buffer: string;
  #last_event_id: string;
  #retry_ms: number | null = null;

  constructor(onItem: (item: SseItem) => void, options: SseParserOptions) {
    this.#onItem = onItem;
    this.#max_block_bytes = options.max_block_bytes ?? DEFAULT_MAX_BLOCK_BYTES;
    this.#id_buffer = this.#last_event_id = options.last_event_id ?? '';
  }

  get last_event_id(): string {
    return this.#last_event_id;
  }

  get retry_ms(): number | null {
    return this.#retry_ms;
  }

  push(chunk: Uint8Array, at_ms: number): void {
    if (this.#closed) throw new Error('this SSE parser has ended; create one for each response body');
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const length = bytes.length;
    const base = this.#offset;
    this.#offset += length;
    let position = this.#bom === SETTLED ? 0 : this.#settleBom(bytes);
    // Index of the next LF and CR at or after `position`; `length` for none. Looked for only when passed.
    let next_lf = -1;
    let next_cr = -1;
    while (position < length) {
      if (this.#after_cr) {
        this.#after_cr = false;
        if (bytes[position] === LF) {
          position++;
          this.#line_start++;
          continue;
        }
      }
      if (next_lf < position && (next_lf = bytes.indexOf(LF, position)) < 0) next_lf = length;
      if (next_cr < position && (next_cr = bytes.indexOf(CR, position)) < 0) next_cr = length;
      const end = next_lf < next_cr ? next_lf : next_cr;
      if (end === length) {
        this.#keep(bytes, position, length);
        return;
      }
      this.#after_cr = end === next_cr;
      const end_offset = base + end + 1;
      if (this.#carry_length === 0) this.#line(bytes, position, end, end_offset, at_ms);
      else {
        this.#keep(bytes, position, end);
        const line_length = this.#carry_length;
        this.#carry_length = 0;
        this.#line(this.#carry, 0, line_length, end_offset, at_ms);
      }
      this.#line_start = end_offset;
      position = end + 1;
    }
  }

  end(): void {
    this.#closed = true;
    this.#carry_length = 0;
    this.#data = null;
  }

  /** Swallows one BOM at the start of the body, also when it comes in pieces. Returns where the text goes on. */
  #settleBom(bytes: Buffer): number {
    for (let position = 0; position < bytes.length; position++) {
      if (bytes[position] !== BOM[this.#bom]) {
        // What looked like one is text.
        const seen = Buffer.from(BOM.slice(0, this.#bom));
        this.#bom = SETTLED;
        this.#keep(seen, 0, seen.length);
        return position;
      }
      this.#bom++;
      if (this.#bom === BOM.length) {
        this.#bom = SETTLED;
        this.#line_start = BOM.length;
        return position + 1;
      }
    }
    return bytes.length;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const needed = this.#carry_length + (to - from);
    this.#hold(needed);
    if (needed > this.#carry.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#carry.length * 2));
      this.#carry.copy(larger, 0, 0, this.#carry_length);
      this.#carry = larger;
    }
    bytes.copy(this.#carry, this.#carry_length, from, to);
    this.#carry_length = needed;
  }

  /** Throws when the block and `more` bytes are beyond the bound. */
  #hold(more: number): void {
    if (this.#held_bytes + more <= this.#max_block_bytes) return;
    this.end();
    throw new SseBlockTooLarge(this.#block_start < 0 ? this.#line_start : this.#block_start, this.#max_block_bytes);
  }

  #line(bytes: Buffer, from: number, to: number, end_offset: number, at_ms: number): void {
    if (from === to) {
      this.#blank(end_offset, at_ms);
      return;
    }
    if (this.#block_start < 0) this.#block_start = this.#line_start;
    if (bytes[from] === COLON) {
      const text_start = from + 1 < to && bytes[from + 1] === SPACE ? from + 2 : from + 1;
      const text = bytes.toString('utf8', text_start, to);
      this.#onItem({ kind: 'comment', text, start_offset: this.#line_start, end_offset, at_ms });
      return;
    }
    this.#has_fields = true;
    let start: number;
    if ((start = valueStart(bytes, from, to, DATA)) >= 0) {
      this.#hold(to - start + 1);
      this.#held_bytes += to - start + 1;
      const value = bytes.toString('utf8', start, to);
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
    } else if ((start = valueStart(bytes, from, to, ID)) >= 0) {
      const value = bytes.toString('utf8', start, to);
      if (value.includes('\0')) return;
      this.#id_buffer = value;
      this.#has_id = true;
    } else if ((start = valueStart(bytes, from, to, EVENT)) >= 0) {
      this.#type = bytes.toString('utf8', start, to);
    } else if ((start = valueStart(bytes, from, to, RETRY)) >= 0) {
      const value = bytes.toString('latin1', start, to);
      if (!/^[0-9]+$/.test(value)) return;
      this.#retry_ms = this.#block_retry_ms = Math.min(Number(value), Number.MAX_SAFE_INTEGER);
    }
  }

  #blank(end_offset: number, at_ms: number): void {
    const start_offset = this.#block_start;
    if (start_offset < 0) return;
    const data = this.#data;
    const type = this.#type;
    const has_fields = this.#has_fields;
    const has_id = this.#has_id;
    const retry_ms = this.#block_retry_ms;
    const last_event_id = (this.#last_event_id = this.#id_buffer);
    this.#block_start = -1;
    this.#held_bytes = 0;
    this.#has_fields = false;
    this.#data = null;
    this.#type = '';
    this.#has_id = false;
    this.#block_retry_ms = null;
    if (data !== null) {
      const type_or_default = type === '' ? 'message' : type;
      this.#onItem({
        kind: 'event',
        type: type_or_default,
        data,
        last_event_id,
        has_id,
        start_offset,
        end_offset,
        at_ms,
      });
    } else if (has_fields) {
      this.#onItem({ kind: 'silent', last_event_id, has_id, retry_ms, start_offset, end_offset, at_ms });
    }
  }
}

/** A parser for one response body. `onItem` is called synchronously from `push`, in the order of the bytes. */
export function createSseParser(onItem: (item: SseItem) => void, options: SseParserOptions = {}): SseParser {
  return new IncrementalSseParser(onItem, options);
}
