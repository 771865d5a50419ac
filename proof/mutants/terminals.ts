/** What goes wrong around the event that ends a stream. */
import { onEventStreams, type Fault } from '../../chaos/index.ts';
import { rewriteEvents, withData, withFields } from './events.ts';
import { isTerminal } from './ledger.ts';
import { operationOf, streamOf } from './surface.ts';
import type { MutantTools, WireMutant } from './wire-mutant.ts';
import { because, showsId, showsStream } from './witness.ts';

const HEARTBEAT = Buffer.from(': heartbeat\n\n');

/** The stream goes on with heartbeats after its end, until the client leaves. */
function openForEver(tools: MutantTools): Fault {
  return onEventStreams({
    name: 'open-after-terminal',
    body: async function* (body, context) {
      let offset = 0;
      for await (const bytes of body) {
        offset += bytes.length;
        yield bytes;
      }
      const subscription = tools.ledger.subscription(context.request);
      if (subscription === null || !tools.ledger.stream(subscription.stream).ended) return;
      tools.plant(context, { offset, detail: 'the stream did not end after its terminal event' });
      while (!context.lifted.aborted) {
        await context.sleep(tools.times.heartbeat_ms);
        yield HEARTBEAT;
      }
    },
  });
}

/** Behind the terminal event of such a stream comes one more. */
function oneMore(name: string, tools: MutantTools, chosen: (stream: string | null) => boolean): Fault {
  return rewriteEvents(name, tools, (_, context) => ({
    event: ({ block, id }) => {
      if (!isTerminal(block) || !chosen(streamOf(context.request))) return [block.raw];
      const extra = id + 1;
      tools.plant(context, {
        id: extra,
        offset: block.offset + block.raw.length,
        detail: `event ${extra} after the end`,
      });
      const text = JSON.stringify({ id: extra, ts: 0, type: 'agent_chunk', payload: {} });
      return [block.raw, Buffer.from(`id: ${extra}\ndata: ${text}\n\n`)];
    },
  }));
}

export const terminals: readonly WireMutant[] = [
  {
    name: 'event-behind-terminal',
    description: 'one more event follows the terminal one',
    killed_by: 'nothing-after-terminal',
    witness: because('event-after-terminal', showsId),
    faults: (tools) => [oneMore('event-behind-terminal', tools, () => true)],
  },
  {
    name: 'late-append-shown',
    description:
      'an append to a finished stream is refused, and its event is shown behind the terminal one all the same',
    killed_by: 'nothing-after-terminal',
    witness: because('event-after-terminal', showsId),
    faults: (tools) => {
      const late = new Set<string | null>();
      const note: Fault = {
        name: 'late-append-shown: appends',
        response: (response, { request }) => {
          if (operationOf(request) === 'append' && response.head.status === 409) late.add(streamOf(request));
          return response;
        },
      };
      return [note, oneMore('late-append-shown', tools, (stream) => late.has(stream))];
    },
  },
  {
    name: 'terminal-doubled',
    description: 'the terminal event is sent twice under two ids',
    killed_by: 'one-terminal',
    witness: because('terminal-doubled', showsId),
    faults: (tools) => [
      rewriteEvents('terminal-doubled', tools, (_, context) => ({
        event: ({ block, id }) => {
          if (!isTerminal(block)) return [block.raw];
          const again = String(id + 1);
          tools.plant(context, { id: id + 1, offset: block.offset, detail: `a second terminal event ${again}` });
          const doubled = withFields(block, (name, value) => {
            if (name === 'id') return [[name, again]];
            return [[name, name === 'data' ? value.replace(/("id":\s*)\d+/, `$1${again}`) : value]];
          });
          return [block.raw, doubled];
        },
      })),
    ],
  },
  {
    name: 'terminal-not-replayed',
    description: 'the terminal event reaches those who were there, and nobody later',
    killed_by: 'terminal-replayed-late',
    also: [
      'replay-exactly-once',
      'resume-each-cursor',
      'resume-at-batch-boundaries',
      'cursor-is-a-number',
      'replay-complete-long',
      'replay-in-time',
      'replay-blocks-nobody',
      'poll-same-history',
      'stream-ends-after-terminal',
    ],
    witness: because('terminal-not-replayed', showsId, showsStream),
    faults: (tools) => [
      rewriteEvents('terminal-not-replayed', tools, (_, context) => ({
        event: ({ block, id, live }) => {
          if (live || !isTerminal(block)) return [block.raw];
          tools.plant(context, { id, offset: block.offset, detail: `terminal event ${id} left out of a replay` });
          return [];
        },
      })),
    ],
  },
  {
    name: 'open-after-terminal',
    description: 'the stream does not end after its terminal event but sends heartbeats for ever',
    killed_by: 'stream-ends-after-terminal',
    also: ['flush-terminal'],
    witness: because('stream-stays-open'),
    faults: (tools) => [openForEver(tools)],
  },
  {
    name: 'altered-in-replay',
    description: "one event's payload is another one when it is replayed",
    killed_by: 'replay-same-payload',
    also: ['resume-each-cursor', 'replay-live-seam', 'reconnect-storm'],
    witness: because('id-means-two-events', showsId),
    faults: (tools) => {
      const victim = tools.random.fork('victim').int(1, 3);
      return [
        rewriteEvents('altered-in-replay', tools, (_, context) => ({
          event: ({ block, id, live }) => {
            if (live || id !== victim) return [block.raw];
            tools.plant(context, { id, offset: block.offset, detail: `payload of event ${id} altered` });
            return [withData(block, (data) => data.replace(/"payload":\s*(\{\s*\}|\{)/, alterPayload))];
          },
        })),
      ];
    },
  },
  {
    name: 'number-rounded',
    description: 'whole numbers beyond 2^53 pass through a double and change',
    killed_by: 'payload-exact-text',
    witness: because('payload-changed', showsId),
    faults: (tools) => [
      rewriteEvents('number-rounded', tools, (_, context) => ({
        event: ({ block, id }) => {
          const rounded = (block.data ?? '').replace(/(?<=[:,[]\s*)-?\d{16,}(?=\s*[,\]}])/g, (text) =>
            BigInt(Number(text)).toString(),
          );
          if (rounded === block.data) return [block.raw];
          tools.plant(context, { id, offset: block.offset, detail: `a number of event ${id} was rounded` });
          return [withData(block, () => rounded)];
        },
      })),
    ],
  },
];

function alterPayload(_: string, opening: string): string {
  return opening === '{' ? '"payload":{"altered":true,' : '"payload":{"altered":true}';
}
