/** Reads heads and bodies of HTTP/1.1 messages from a SocketReader, body pieces as they arrive. */
import { Cut } from '../fault.ts';
import type { Framing } from './framing.ts';
import { headEnd } from './head.ts';
import type { SocketReader } from './socket-reader.ts';

/** Ten times what servers accept; a longer head is passed on unread. */
const MAX_HEAD_BYTES = 256 * 1024;
const MAX_LINE_BYTES = 16 * 1024;

/** The bytes do not keep to HTTP's own framing; `rest` is what could not be read, for the other side to judge. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
  readonly rest: Buffer;
  constructor(message: string, rest: Buffer) {
    super(message);
    this.rest = rest;
  }
}

/** The next head with its blank line; null when none comes any more. Until it is whole, its bytes stay in the reader. */
export async function readHead(reader: SocketReader): Promise<Buffer | null> {
  return reader.take((queued) => {
    const end = headEnd(queued);
    if (end < 0 && queued.length > MAX_HEAD_BYTES) throw new FramingError('the head does not end', Buffer.alloc(0));
    return end;
  });
}

async function* readLength(reader: SocketReader, length: number): AsyncGenerator<Buffer, void> {
  let remaining = length;
  while (remaining > 0) {
    const bytes = await reader.read();
    if (bytes === null) throw new Cut('fin', `the peer closed ${remaining} bytes before the end of the body`);
    const piece = bytes.subarray(0, remaining);
    reader.unread(bytes.subarray(piece.length));
    remaining -= piece.length;
    yield piece;
  }
}

/** One line of a chunked body without its CRLF. */
async function readLine(reader: SocketReader): Promise<string> {
  const line = await reader.take((queued) => {
    const end = queued.indexOf('\n') + 1;
    if (end === 0 && queued.length > MAX_LINE_BYTES) throw new FramingError('a chunk line does not end', queued);
    return end === 0 ? -1 : end;
  });
  if (line === null) throw new Cut(reader.end ?? 'rst', 'the peer closed inside a chunked body');
  return line.toString('latin1').replace(/\r?\n$/, '');
}

async function* readChunked(reader: SocketReader, trailers: string[]): AsyncGenerator<Buffer, void> {
  for (;;) {
    const line = await readLine(reader);
    const [, hex] = /^([0-9a-f]{1,12})\s*(?:;.*)?$/i.exec(line) ?? [];
    if (hex === undefined) throw new FramingError('a chunk without a size', Buffer.from(`${line}\r\n`, 'latin1'));
    const size = Number.parseInt(hex, 16);
    if (size === 0) break;
    yield* readLength(reader, size);
    const after = await readLine(reader);
    if (after !== '') throw new FramingError('a chunk longer than its size', Buffer.from(`${after}\r\n`, 'latin1'));
  }
  for (let line = await readLine(reader); line !== ''; line = await readLine(reader)) trailers.push(line);
}

/** The body's pieces as they arrive, framing removed. A body that was cut throws `Cut` after its last piece. */
export async function* readBody(
  reader: SocketReader,
  framing: Framing,
  trailers: string[],
): AsyncGenerator<Buffer, void> {
  if (framing.kind === 'length') yield* readLength(reader, framing.bytes);
  if (framing.kind === 'chunked') yield* readChunked(reader, trailers);
  if (framing.kind !== 'close') return;
  for (let bytes = await reader.read(); bytes !== null; bytes = await reader.read()) yield bytes;
}
