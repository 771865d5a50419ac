/** The form most mutants share: one answer per event of a subscription. */
import { rewriteItems, type Fault, type FaultContext, type WireBlock, type WireFiller } from '../../chaos/index.ts';
import { eventId, type SubscriptionFacts } from './ledger.ts';
import type { MutantTools } from './wire-mutant.ts';

export interface WireEvent {
  readonly block: WireBlock;
  readonly id: number;
  /** Came after the subscription was asked for; the others are its replay. */
  readonly live: boolean;
}

export interface EventRewriter {
  /** What to send in the event's place; `[event.block.raw]` leaves it. */
  event?(event: WireEvent): readonly Buffer[];
  /** Comments and blank lines between blocks. */
  filler?(item: WireFiller): readonly Buffer[];
  /** Blocks that carry no event. */
  other?(block: WireBlock): readonly Buffer[];
  /** Goes before the end of a stream that ended in order. */
  end?(): readonly Buffer[];
}

export function rewriteEvents(
  name: string,
  tools: MutantTools,
  create: (subscription: SubscriptionFacts, context: FaultContext) => EventRewriter,
): Fault {
  return rewriteItems(name, (context) => {
    const subscription = tools.ledger.subscription(context.request);
    if (subscription === null) return { item: (item) => [item.raw] };
    const rewriter = create(subscription, context);
    return {
      item: (item) => {
        if (item.kind === 'filler') return rewriter.filler?.(item) ?? [item.raw];
        const id = eventId(item);
        if (id === null) return rewriter.other?.(item) ?? [item.raw];
        return rewriter.event?.({ block: item, id, live: id > subscription.tail_at_open }) ?? [item.raw];
      },
      end: () => rewriter.end?.() ?? [],
    };
  });
}

/** The block with its fields changed, in LF form. */
export function withFields(
  block: WireBlock,
  change: (name: string, value: string) => readonly (readonly [name: string, value: string])[],
): Buffer {
  const lines = block.fields
    .flatMap(([name, value]) => change(name, value))
    .map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${lines.join('\n')}\n\n`, 'utf8');
}

export function withData(block: WireBlock, change: (data: string) => string): Buffer {
  return withFields(block, (name, value) => [[name, name === 'data' ? change(value) : value]]);
}

/** A comment of spaces alone pads a frame; any other is a heartbeat or a remark. */
export function isPadding(item: WireFiller): boolean {
  return item.comment !== null && /^ *$/.test(item.comment);
}
