/** Bytes of the event stream that a parser reads differently, or later. */
import { BYTE_ORDER_MARK } from '../../chaos/index.ts';
import { HELD_FRAMES, WITHOUT_IDS } from './affected.ts';
import { isPadding, rewriteEvents, withData, withFields } from './events.ts';
import { isTerminal } from './ledger.ts';
import type { WireMutant } from './wire-mutant.ts';
import { because, showsId, showsOffset, showsStream } from './witness.ts';

export const framing: readonly WireMutant[] = [
  {
    name: 'strip-id',
    description: 'events carry no id: line, so nobody can resume',
    killed_by: 'sse-event-ids',
    also: WITHOUT_IDS,
    witness: because('event-without-own-id', showsStream),
    faults: (tools) => [
      rewriteEvents('strip-id', tools, (_, context) => ({
        event: ({ block, id }) => {
          tools.plant(context, { id, offset: block.offset, detail: `event ${id} without its id line` });
          return [withFields(block, (name, value) => (name === 'id' ? [] : [[name, value]]))];
        },
      })),
    ],
  },
  {
    name: 'id-on-heartbeats',
    description: 'heartbeats carry an id: line and move the cursor',
    killed_by: 'heartbeat-no-id',
    witness: because('heartbeat-moves-cursor', showsId, showsOffset),
    faults: (tools) => [
      rewriteEvents('id-on-heartbeats', tools, ({ stream }, context) => ({
        filler: (item) => {
          if (item.comment === null || isPadding(item)) return [item.raw];
          const id = tools.ledger.stream(stream).tail + 1;
          tools.plant(context, { id, offset: item.offset, detail: `a heartbeat with id ${id}` });
          return [item.raw, Buffer.from(`id: ${id}\n`)];
        },
      })),
    ],
  },
  {
    name: 'heartbeat-as-event',
    description: 'a heartbeat is dispatched as an event with an id',
    killed_by: 'heartbeat-no-id',
    also: ['heartbeat-on-idle'],
    witness: because('heartbeat-moves-cursor', showsId, showsOffset),
    faults: (tools) => [
      rewriteEvents('heartbeat-as-event', tools, ({ stream }, context) => ({
        filler: (item) => {
          if (item.comment === null || isPadding(item)) return [item.raw];
          const id = tools.ledger.stream(stream).tail + 1;
          tools.plant(context, { id, offset: item.offset, detail: `a heartbeat as event ${id}` });
          return [Buffer.from(`id: ${id}\ndata: {"type":"heartbeat"}\n`)];
        },
      })),
    ],
  },
  {
    name: 'heartbeat-inside-event',
    description: 'a heartbeat and its blank line are written into the middle of an event',
    killed_by: 'sse-whole-events',
    also: ['sse-event-ids', 'event-dispatched-at-once'],
    witness: because('event-torn', showsId, showsOffset),
    faults: (tools) => {
      const victim = tools.random.fork('victim').int(1, 3);
      return [
        rewriteEvents('heartbeat-inside-event', tools, (_, context) => ({
          event: ({ block, id }) => {
            if (id !== victim) return [block.raw];
            const middle = block.raw.indexOf('data:') + 'data: {'.length;
            tools.plant(context, { id, offset: block.offset + middle, detail: `a heartbeat inside event ${id}` });
            return [block.raw.subarray(0, middle), Buffer.from('\n: heartbeat\n\n'), block.raw.subarray(middle)];
          },
        })),
      ];
    },
  },
  {
    name: 'late-line-feed',
    description: "an event's last line feed is sent with the next event",
    killed_by: 'event-dispatched-at-once',
    also: [...HELD_FRAMES, 'cut-frame-comes-whole'],
    witness: because('event-not-dispatched', showsId),
    faults: (tools) => [
      rewriteEvents('late-line-feed', tools, (_, context) => {
        let held: Buffer[] = [];
        const take = (): Buffer[] => held.splice(0);
        return {
          event: ({ block, id }) => {
            const before = take();
            const offset = block.offset + block.raw.length - 1;
            tools.plant(context, { id, offset, detail: `the last line feed of event ${id} waits` });
            held = [block.raw.subarray(-1)];
            return [...before, block.raw.subarray(0, -1)];
          },
          other: (block) => [...take(), block.raw],
          filler: (item) => {
            if (held.length === 0) return [item.raw];
            // It would end the line in the event's place: padding waits too, heartbeats are left out meanwhile.
            if (isPadding(item)) held.push(item.raw);
            return [];
          },
          end: take,
        };
      }),
    ],
  },
  {
    name: 'no-blank-line-at-end',
    description: 'the terminal event lacks its blank line, so it is never dispatched',
    killed_by: 'terminal-replayed-late',
    witness: because('terminal-not-replayed', showsId, showsStream),
    faults: (tools) => [
      rewriteEvents('no-blank-line-at-end', tools, (_, context) => ({
        event: ({ block, id }) => {
          if (!isTerminal(block)) return [block.raw];
          const offset = block.offset + block.raw.length - 1;
          tools.plant(context, { id, offset, detail: `event ${id} without its blank line` });
          return [block.raw.subarray(0, -1)];
        },
      })),
    ],
  },
  {
    name: 'retry-zero',
    description: 'the stream sets retry: 0, so clients reconnect without a pause',
    killed_by: 'retry-sane',
    witness: because('retry-at-once', showsStream),
    faults: (tools) => [
      rewriteEvents('retry-zero', tools, (_, context) => {
        let sent = false;
        return {
          event: ({ block }) => {
            if (sent) return [block.raw];
            sent = true;
            tools.plant(context, { offset: block.offset, detail: 'retry: 0' });
            return [Buffer.from('retry: 0\n\n'), block.raw];
          },
        };
      }),
    ],
  },
  {
    name: 'mark-in-the-middle',
    description: 'a byte order mark stands before a later event and swallows its first field',
    killed_by: 'sse-event-ids',
    also: WITHOUT_IDS,
    witness: because('event-without-own-id', showsId, showsOffset, showsStream),
    faults: (tools) => {
      const victim = tools.random.fork('victim').int(2, 4);
      return [
        rewriteEvents('mark-in-the-middle', tools, (_, context) => {
          let events = 0;
          return {
            event: ({ block, id }) => {
              events += 1;
              if (id !== victim || events === 1) return [block.raw];
              tools.plant(context, { id, offset: block.offset, detail: `a byte order mark before event ${id}` });
              return [BYTE_ORDER_MARK, block.raw];
            },
          };
        }),
      ];
    },
  },
  {
    name: 'broken-character',
    description: 'a character of several bytes is decoded piecewise and becomes replacement characters',
    killed_by: 'payload-exact-text',
    witness: because('payload-changed', showsId),
    faults: (tools) => [
      rewriteEvents('broken-character', tools, (_, context) => ({
        event: ({ block, id }) => {
          const found = /[^\0-\x7f]/u.exec(block.data ?? '');
          if (found === null) return [block.raw];
          tools.plant(context, { id, offset: block.offset, detail: `a character of event ${id} was broken` });
          const pieces = '\uFFFD'.repeat(Buffer.byteLength(found[0]));
          return [withData(block, (data) => data.replace(found[0], pieces))];
        },
      })),
    ],
  },
  {
    name: 'padding-stripped',
    description: 'frames are not padded, so a hop that buffers holds them',
    killed_by: 'flush-threshold-buffer',
    also: ['flush-block-buffer'],
    witness: because('event-held-by-buffer', showsStream),
    faults: (tools) => [
      rewriteEvents('padding-stripped', tools, (_, context) => ({
        filler: (item) => {
          if (item.comment === null || item.comment.length === 0 || !isPadding(item)) return [item.raw];
          tools.plant(context, { offset: item.offset, detail: 'padding left out' });
          return [];
        },
      })),
    ],
  },
  {
    name: 'no-heartbeats',
    description: 'an idle stream is silent',
    killed_by: 'heartbeat-on-idle',
    witness: because('no-heartbeat'),
    faults: (tools) => [
      rewriteEvents('no-heartbeats', tools, (_, context) => {
        let left_out = false;
        return {
          filler: (item) => {
            // The blank line after a heartbeat belongs to it.
            const tail = item.comment === null && left_out;
            left_out = item.comment !== null && !isPadding(item);
            if (left_out) tools.plant(context, { offset: item.offset, detail: 'a heartbeat left out' });
            return left_out || tail ? [] : [item.raw];
          },
        };
      }),
    ],
  },
];
