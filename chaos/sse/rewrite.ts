/** A fault that works on whole blocks and comments of event streams, and leaves their chunking otherwise alone. */
import { Cut, onEventStreams, type Body, type Fault, type FaultContext } from '../fault.ts';
import { WireSplitter, type WireItem } from './wire-splitter.ts';

/** One per response: what to send for each item, in order. Send `item.raw` to leave it as it is. */
export interface ItemRewriter {
  item(item: WireItem): readonly Buffer[];
  /** What follows when the stream ended in order. */
  end?(): readonly Buffer[];
  /** Asked after each piece went out: breaks the stream there. */
  cut?(): Cut | null;
}

async function* rewriteBody(body: Body, rewriter: ItemRewriter): AsyncGenerator<Buffer, void> {
  const splitter = new WireSplitter();
  try {
    for await (const bytes of body) {
      const out = splitter.push(bytes).flatMap((item) => rewriter.item(item));
      if (out.length > 0) yield Buffer.concat(out);
      const severed = rewriter.cut?.() ?? null;
      if (severed !== null) throw severed;
    }
  } catch (error) {
    // A stream that breaks off breaks off where it did.
    if (error instanceof Cut && rewriter.cut?.() !== error && splitter.rest().length > 0) yield splitter.rest();
    throw error;
  }
  yield Buffer.concat([splitter.rest(), ...(rewriter.end?.() ?? [])]);
}

export function rewriteItems(name: string, create: (context: FaultContext) => ItemRewriter): Fault {
  return onEventStreams({ name, body: (body, context) => rewriteBody(body, create(context)) });
}
