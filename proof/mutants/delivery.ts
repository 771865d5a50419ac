/** Events doubled, lost, late, or in another order. */
import { onEventStreams, WireSplitter } from '../../chaos/index.ts';
import { eventId } from './ledger.ts';
import { rewriteEvents } from './events.ts';
import type { WireMutant } from './wire-mutant.ts';
import { because, showsId, showsStream } from './witness.ts';

/** How much later than allowed the delayed event comes. */
const DELAY_FACTOR = 1.5;

export const delivery: readonly WireMutant[] = [
  {
    name: 'duplicate-live',
    description: 'every live event is delivered twice',
    killed_by: 'live-exactly-once',
    also: [
      'two-subscribers',
      'replay-live-seam',
      'replay-same-payload',
      'one-terminal',
      'every-instance-hears',
      'sse-whole-events',
      'events-one-by-one',
      'takeover-after-death',
      'reconnect-storm',
    ],
    witness: because('event-doubled', showsId),
    faults: (tools) => [
      rewriteEvents('duplicate-live', tools, (_, context) => ({
        event: ({ block, id, live }) => {
          if (!live) return [block.raw];
          tools.plant(context, { id, offset: block.offset, detail: `event ${id} sent twice` });
          return [block.raw, block.raw];
        },
      })),
    ],
  },
  {
    name: 'duplicate-everything',
    description: 'every event, live or replayed, is delivered twice',
    killed_by: 'replay-exactly-once',
    witness: because('wrong-resume', showsId),
    faults: (tools) => [
      rewriteEvents('duplicate-everything', tools, (_, context) => ({
        event: ({ block, id }) => {
          tools.plant(context, { id, offset: block.offset, detail: `event ${id} sent twice` });
          return [block.raw, block.raw];
        },
      })),
    ],
  },
  {
    name: 'drop-after-catch-up',
    description: 'the first live event after a replay is lost',
    killed_by: 'replay-live-seam',
    also: [
      'live-complete',
      'two-subscribers',
      'replay-blocks-nobody',
      'replay-same-payload',
      'stream-ends-after-terminal',
      'every-instance-hears',
    ],
    witness: because('seam', showsId),
    faults: (tools) => [
      rewriteEvents('drop-after-catch-up', tools, (subscription, context) => {
        let armed = subscription.tail_at_open > subscription.cursor;
        return {
          event: ({ block, id, live }) => {
            if (!live || !armed) return [block.raw];
            armed = false;
            tools.plant(context, { id, offset: block.offset, detail: `event ${id} lost` });
            return [];
          },
        };
      }),
    ],
  },
  {
    name: 'drop-one',
    description: 'one event of each stream never reaches an SSE reader',
    killed_by: 'live-complete',
    witness: because('event-lost', showsId),
    faults: (tools) => {
      const victim = tools.random.fork('victim').int(2, 4);
      return [
        rewriteEvents('drop-one', tools, (_, context) => ({
          event: ({ block, id }) => {
            if (id !== victim) return [block.raw];
            tools.plant(context, { id, offset: block.offset, detail: `event ${id} lost` });
            return [];
          },
        })),
      ];
    },
  },
  {
    name: 'swap-two',
    description: 'two neighbouring events change places',
    killed_by: 'live-order',
    witness: because('ids-not-increasing', showsId),
    faults: (tools) => {
      const victim = tools.random.fork('victim').int(1, 3);
      return [
        rewriteEvents('swap-two', tools, (_, context) => {
          let held: Buffer | null = null;
          return {
            event: ({ block, id }) => {
              if (id === victim) {
                held = block.raw;
                return [];
              }
              if (held === null) return [block.raw];
              tools.plant(context, { id: victim, offset: block.offset, detail: `event ${victim} sent after ${id}` });
              const late = held;
              held = null;
              return [block.raw, late];
            },
            end: () => (held === null ? [] : [held]),
          };
        }),
      ];
    },
  },
  {
    name: 'delay-one',
    description: 'one live event of each subscription, and what follows it, comes too late',
    killed_by: 'event-latency',
    also: ['flush-threshold-buffer', 'flush-block-buffer', 'flush-terminal', 'events-one-by-one'],
    witness: because('event-late', showsId),
    faults: (tools) => {
      const nth = tools.random.fork('victim').int(1, 2);
      return [
        onEventStreams({
          name: 'delay-one',
          body: async function* (body, context) {
            const subscription = tools.ledger.subscription(context.request);
            const splitter = new WireSplitter();
            let live = 0;
            for await (const bytes of body) {
              for (const item of splitter.push(bytes)) {
                const id = item.kind === 'block' ? eventId(item) : null;
                if (id !== null && subscription !== null && id > subscription.tail_at_open) live += 1;
                if (id !== null && live === nth) {
                  live += 1;
                  tools.plant(context, { id, offset: item.offset, detail: `event ${id} held back` });
                  await context.sleep(tools.times.event_latency_ms * DELAY_FACTOR);
                }
                yield item.raw;
              }
            }
            yield splitter.rest();
          },
        }),
      ];
    },
  },
  {
    name: 'steal-from-first',
    description: 'with two readers on a stream each gets only every other live event',
    killed_by: 'two-subscribers',
    also: [
      'replay-live-seam',
      'every-instance-hears',
      'flush-threshold-buffer',
      'flush-block-buffer',
      'revocation-spares-other-keys',
      'stalled-reader-delays-nobody',
      'reconnect-storm',
    ],
    witness: because('reader-deprived', showsId, showsStream),
    faults: (tools) => [
      rewriteEvents('steal-from-first', tools, (subscription, context) => ({
        event: ({ block, id, live }) => {
          const shared = tools.ledger.stream(subscription.stream).subscriptions > 1;
          if (!live || !shared || id % 2 === subscription.ordinal % 2) return [block.raw];
          tools.plant(context, { id, offset: block.offset, detail: `event ${id} went to the other reader` });
          return [];
        },
      })),
    ],
  },
];
