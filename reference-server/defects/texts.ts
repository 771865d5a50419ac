/** Edits of encoded text that several defects share. */
import { override } from './override.ts';
import type { Block, Encoder, Seams, SseWire } from '../seams.ts';

const CRLF = '\r\n';

/** The seams with another encoder. */
export function withEncoder(seams: Seams, change: (healthy: Encoder) => Partial<Encoder>): Seams {
  return { ...seams, encoder: override(seams.encoder, change(seams.encoder)) };
}

/** The seams with another wire. */
export function withWire(seams: Seams, change: (healthy: SseWire) => Partial<SseWire>): Seams {
  return { ...seams, wire: override(seams.wire, change(seams.wire)) };
}

/** The same block with other bytes. */
export function reframed<B extends Block>(block: B, body: Buffer): B {
  const size = Buffer.from(`${body.byteLength.toString(16)}${CRLF}`);
  return { ...block, body, chunked: Buffer.concat([size, body, Buffer.from(CRLF)]) };
}

/** Body of a JSON answer with some members replaced; texts of the other members stay as they are only by value. */
export function editJson(text: string, edit: (body: Record<string, unknown>) => Record<string, unknown>): string {
  return JSON.stringify(edit(JSON.parse(text) as Record<string, unknown>));
}
