/** Where a message's body ends, found without copying or decoding it (RFC 9112 §6). */
import { fieldValues, MalformedHead, type Head, type RequestHead, type ResponseHead } from './http-head.ts';

/** Follows one body through the chunks it arrives in. */
export interface BodyFraming {
  readonly done: boolean;
  /** True when the body lasts as long as the connection. */
  readonly until_close: boolean;
  /** How many of these bytes still belong to the body. Throws `MalformedHead` on broken chunk sizes. */
  take(bytes: Buffer): number;
}

class LengthFraming implements BodyFraming {
  readonly until_close = false;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  take(bytes: Buffer): number {
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    return taken;
  }
}

const UNTIL_CLOSE: BodyFraming = { done: false, until_close: true, take: (bytes) => bytes.length };

const LF = 0x0a;
/** A size line (with extensions) or trailer section longer than this is no honest message. */
const LINE_LIMIT_BYTES = 16_384;
const SIZE_LINE = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\n]*)?\r\n$/;

/** Chunked coding: reads the size lines, skips the data, ends after the trailer's blank line. */
class ChunkedFraming implements BodyFraming {
  readonly until_close = false;
  done = false;
  #line = '';
  #data_left = 0;
  #state: 'size' | 'data' | 'data-end' | 'trailer' = 'size';

  take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !this.done) {
      if (this.#state === 'data') {
        const skipped = Math.min(this.#data_left, bytes.length - at);
        at += skipped;
        this.#data_left -= skipped;
        if (this.#data_left === 0) this.#state = 'data-end';
        continue;
      }
      const end = bytes.indexOf(LF, at);
      const next = end === -1 ? bytes.length : end + 1;
      this.#line += bytes.toString('latin1', at, next);
      if (this.#line.length > LINE_LIMIT_BYTES) throw new MalformedHead('a chunk size or trailer line is too long');
      at = next;
      if (end !== -1) this.#finishLine();
    }
    return at;
  }

  #finishLine(): void {
    const line = this.#line;
    this.#line = '';
    if (this.#state === 'size') {
      const size = SIZE_LINE.exec(line)?.[1];
      if (size === undefined) throw new MalformedHead('a chunk size is no hexadecimal number');
      this.#data_left = Number.parseInt(size, 16);
      this.#state = this.#data_left === 0 ? 'trailer' : 'data';
    } else if (this.#state === 'data-end') {
      if (line !== '\r\n') throw new MalformedHead('a chunk is longer than its size');
      this.#state = 'size';
    } else if (line === '\r\n') {
      this.done = true;
    }
  }
}

/** What the two framing headers say; null when neither is there. */
function declaredFraming(head: Head): BodyFraming | null {
  const codings = fieldValues(head, 'transfer-encoding');
  const lengths = fieldValues(head, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) throw new MalformedHead('both Transfer-Encoding and Content-Length are given');
    if (codings.join(',').toLowerCase() !== 'chunked') throw new MalformedHead('Transfer-Encoding is not "chunked"');
    return new ChunkedFraming();
  }
  const [length] = lengths;
  if (length === undefined) return null;
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(length))
    throw new MalformedHead('Content-Length is no single number');
  return new LengthFraming(Number(length));
}

export function requestFraming(head: RequestHead): BodyFraming {
  return declaredFraming(head) ?? new LengthFraming(0);
}

export function responseFraming(head: ResponseHead, request_method: string): BodyFraming {
  const bodiless = request_method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304;
  return bodiless ? new LengthFraming(0) : (declaredFraming(head) ?? UNTIL_CLOSE);
}
