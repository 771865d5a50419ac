/** The connection breaks at a place in the answer's body, towards client and target alike. */
import { Cut, type Body, type CutKind, type Fault, type FaultContext } from '../fault.ts';
import { rewriteItems, type ItemRewriter } from '../sse/rewrite.ts';

/**
 * Where: after so many body bytes; after so many blocks with data; or after `byte` bytes of the block that carries
 * `id` (negative: counted from its end; -1 leaves out only its last byte).
 */
export type CutPlace =
  { readonly bytes: number } | { readonly events: number } | { readonly id: string; readonly byte: number };

export interface CutOptions {
  readonly at: CutPlace;
  readonly kind: CutKind;
  /** How many responses it cuts in all; default 1, so that a client that comes back goes on. */
  readonly times?: number;
}

async function* cutAtBytes(body: Body, limit: number, cutHere: (offset: number) => Cut | null): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const bytes of body) {
    const reaches = offset <= limit && offset + bytes.length >= limit;
    const severed = reaches ? cutHere(limit) : null;
    const pass = severed === null ? bytes : bytes.subarray(0, limit - offset);
    offset += pass.length;
    if (pass.length > 0) yield pass;
    if (severed !== null) throw severed;
  }
}

function cutAtBlock(
  place: Exclude<CutPlace, { readonly bytes: number }>,
  cutHere: (offset: number) => Cut | null,
): ItemRewriter {
  let events = 0;
  let severed: Cut | null = null;
  return {
    item: (item) => {
      if (severed !== null) return [];
      if (item.kind === 'filler' || item.data === null) return [item.raw];
      events += 1;
      let length = item.raw.length;
      if ('id' in place) {
        if (item.id !== place.id) return [item.raw];
        length = Math.min(length, place.byte < 0 ? length + place.byte : place.byte);
      } else if (events !== place.events) {
        return [item.raw];
      }
      severed = cutHere(item.offset + length);
      return [severed === null ? item.raw : item.raw.subarray(0, length)];
    },
    cut: () => severed,
  };
}

export function cut(options: CutOptions): Fault {
  const { at, kind, times = 1 } = options;
  let left = times;
  const cutIn =
    (context: FaultContext) =>
    (offset: number): Cut | null => {
      if (left <= 0) return null;
      left -= 1;
      context.bite(`${kind === 'rst' ? 'reset' : 'closed'} after ${offset} body bytes`, offset);
      return new Cut(kind, `cut after ${offset} body bytes`);
    };
  if (!('bytes' in at)) return rewriteItems('cut', (context) => cutAtBlock(at, cutIn(context)));
  return { name: 'cut', body: (body, context) => cutAtBytes(body, at.bytes, cutIn(context)) };
}
