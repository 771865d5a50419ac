/** Where a message's body ends (RFC 9112 §6.3), and how a body is written so that the other side finds that end. */
import type { RequestHead, ResponseHead } from './head.ts';

/** `close`: the body ends with the connection. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

const NONE: Framing = { kind: 'none' };

/** null: contradictory or malformed, so nobody can say where the body ends. */
function declared(head: RequestHead | ResponseHead): Framing | null {
  const encodings = head.all('transfer-encoding');
  const lengths = new Set(head.all('content-length'));
  if (encodings.length > 0) {
    return lengths.size === 0 && head.hasToken('transfer-encoding', 'chunked') ? { kind: 'chunked' } : null;
  }
  if (lengths.size === 0) return NONE;
  const [length = ''] = lengths;
  return lengths.size === 1 && /^\d{1,15}$/.test(length) ? { kind: 'length', bytes: Number(length) } : null;
}

export function requestFraming(head: RequestHead): Framing | null {
  return declared(head);
}

export function responseFraming(head: ResponseHead, method: string): Framing | null {
  if (method === 'HEAD' || head.status === 204 || head.status === 304 || head.status < 200) return NONE;
  const framing = declared(head);
  return framing?.kind === 'none' ? { kind: 'close' } : framing;
}

/** One piece of body as it goes on the wire. Empty pieces vanish: an empty chunk would end the message. */
export function frame(framing: Framing, piece: Buffer): Buffer {
  if (piece.length === 0 || framing.kind === 'none') return Buffer.alloc(0);
  if (framing.kind !== 'chunked') return piece;
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`, 'latin1'), piece, Buffer.from('\r\n')]);
}

/** What follows the last piece. */
export function frameEnd(framing: Framing, trailers: readonly string[]): Buffer {
  if (framing.kind !== 'chunked') return Buffer.alloc(0);
  return Buffer.from(['0', ...trailers, '', ''].join('\r\n'), 'latin1');
}
