/**
 * Legal changes of the wire: the same events in other bytes, other chunks, among other comments. Every check must stay
 * green through each, or it judges what no requirement says.
 */
import {
  BYTE_ORDER_MARK,
  onEventStreams,
  PatientReader,
  rewriteItems,
  WireSplitter,
  type Fault,
  type WireItem,
} from '../../chaos/index.ts';
import { Random } from '../../spec/random.ts';
import { isPadding, withFields } from './events.ts';
import { rewriteJson } from './json.ts';
import { breakLines, shuffleMembers } from './json-text.ts';
import type { MutantTimes } from './wire-mutant.ts';

export interface NeutralTransform {
  readonly name: string;
  readonly description: string;
  faults(seed: number, times: MutantTimes): readonly Fault[];
}

const MERGE_WITHIN_MS = 20;
/** How often the server's own heartbeats are replaced: more often than promised, never less. */
const HEARTBEAT_RATE = 0.6;
const RETRY_MS = 1_000;
/** What a limit of the hop allows: more than a run asks for. */
const MANY = 1_000_000;
/** Of a stream, and of each piece after that: a long replay stays a matter of the server's speed. */
const SINGLE_BYTES = 1_024;
const SINGLE_BYTES_LATER = 32;

function lineEndings(name: string, ending: string): Fault {
  return rewriteItems(name, (context) => ({
    item: (item) => {
      context.bite(`lines end with ${JSON.stringify(ending)}`, item.offset);
      return [Buffer.from(item.raw.toString('latin1').replace(/\r\n|\r|\n/g, ending), 'latin1')];
    },
  }));
}

/** Sends something before the first bytes of each event stream. */
function before(name: string, bytes: Buffer): Fault {
  return onEventStreams({
    name,
    body: async function* (body, context) {
      let first = true;
      for await (const piece of body) {
        yield first ? Buffer.concat([bytes, piece]) : piece;
        if (first) context.bite(`${bytes.length} bytes before the first`, 0);
        first = false;
      }
    },
  });
}

/** Adds something before each block. */
function beforeBlocks(name: string, bytes: Buffer): Fault {
  return rewriteItems(name, (context) => ({
    item: (item: WireItem) => {
      if (item.kind === 'filler') return [item.raw];
      context.bite(`${bytes.length} bytes before a block`, item.offset);
      return [bytes, item.raw];
    },
  }));
}

const oneByteChunks: Fault = onEventStreams({
  name: 'one-byte-chunks',
  body: async function* (body, context) {
    let offset = 0;
    for await (const piece of body) {
      const single = Math.min(piece.length, Math.max(SINGLE_BYTES - offset, SINGLE_BYTES_LATER));
      context.bite(`${single} bytes in as many chunks`, offset);
      offset += piece.length;
      for (let index = 0; index < single; index += 1) yield piece.subarray(index, index + 1);
      yield piece.subarray(single);
    }
  },
});

const mergedChunks: Fault = onEventStreams({
  name: 'merged-chunks',
  body: async function* (body, context) {
    const reader = new PatientReader(body);
    for (let first = await reader.next(Infinity); first instanceof Buffer; first = await reader.next(Infinity)) {
      const pieces = [first];
      const ends_ms = performance.now() + MERGE_WITHIN_MS;
      let more = await reader.next(MERGE_WITHIN_MS);
      while (more instanceof Buffer) {
        pieces.push(more);
        more = await reader.next(ends_ms - performance.now());
      }
      if (pieces.length > 1) context.bite(`${pieces.length} chunks became one`);
      yield Buffer.concat(pieces);
    }
  },
});

/** Heartbeats of its own, in place of the server's. */
function heartbeatRate(every_ms: number): Fault {
  return onEventStreams({
    name: 'heartbeat-rate',
    body: async function* (body, context) {
      const reader = new PatientReader(body);
      const splitter = new WireSplitter();
      let left_out = false;
      for (let piece = await reader.next(every_ms); piece !== null; piece = await reader.next(every_ms)) {
        if (piece === 'late') {
          // Between items only: within one it would be a defect.
          if (splitter.rest().length > 0) continue;
          context.bite('a heartbeat added');
          yield Buffer.from(': another heartbeat\n\n');
          continue;
        }
        const items = splitter.push(piece).filter((item) => {
          // The blank line after a heartbeat belongs to it.
          const tail = left_out && item.kind === 'filler' && item.comment === null;
          left_out = item.kind === 'filler' && item.comment !== null && !isPadding(item);
          return !left_out && !tail;
        });
        if (items.length > 0) yield Buffer.concat(items.map((item) => item.raw));
      }
      yield splitter.rest();
    },
  });
}

export const neutralTransforms: readonly NeutralTransform[] = [
  {
    name: 'crlf',
    description: 'lines end with CR LF',
    faults: () => [lineEndings('crlf', '\r\n')],
  },
  {
    name: 'lone-cr',
    description: 'lines end with CR alone',
    faults: () => [lineEndings('lone-cr', '\r')],
  },
  {
    name: 'byte-order-mark',
    description: 'streams begin with a byte order mark',
    faults: () => [before('byte-order-mark', BYTE_ORDER_MARK)],
  },
  {
    name: 'one-byte-chunks',
    description: 'bytes come in chunks of their own',
    faults: () => [oneByteChunks],
  },
  {
    name: 'merged-chunks',
    description: 'chunks within 20 ms arrive as one',
    faults: () => [mergedChunks],
  },
  {
    name: 'extra-comments',
    description: 'comments stand before every event',
    faults: () => [beforeBlocks('extra-comments', Buffer.from(': a remark\n:\n: another: with colon\n'))],
  },
  {
    name: 'own-frame',
    description: 'streams begin with an event of the hop’s own, which has no id',
    faults: () => [before('own-frame', Buffer.from('data: {"type":"connected","payload":{"hop":1}}\n\n'))],
  },
  {
    name: 'multi-line-data',
    description: 'one JSON text comes in several data: lines',
    faults: () => [
      rewriteItems('multi-line-data', (context) => ({
        item: (item) => {
          if (item.kind === 'filler') return [item.raw];
          context.bite('data in several lines', item.offset);
          const lines = (value: string): [string, string][] => breakLines(value).map((line) => ['data', line]);
          return [withFields(item, (name, value) => (name === 'data' ? lines(value) : [[name, value]]))];
        },
      })),
    ],
  },
  {
    name: 'repeated-retry',
    description: 'a retry: of one second stands before every event',
    faults: () => [beforeBlocks('repeated-retry', Buffer.from(`retry: ${RETRY_MS}\n`))],
  },
  {
    name: 'json-key-order',
    description: 'members of JSON objects come in another order, their texts untouched',
    faults: (seed) => {
      const random = new Random(seed).fork('json-key-order');
      return [
        rewriteItems('json-key-order', (context) => ({
          item: (item) => {
            if (item.kind === 'filler' || item.data === null) return [item.raw];
            context.bite('members in another order', item.offset);
            const data = shuffleMembers(item.data, random);
            const [first = ['data', ''], ...rest] = item.fields.filter(([name]) => name === 'data');
            if (rest.length > 0) return [item.raw];
            return [withFields(item, (name, value) => [[name, name === first[0] ? data : value]])];
          },
        })),
        rewriteJson('json-key-order', (text, context, head) => {
          // Answers that must be equal to the byte stay so.
          if (head.status >= 300) return text;
          context.bite('members in another order');
          return shuffleMembers(text, random);
        }),
      ];
    },
  },
  {
    name: 'extra-headers',
    description: 'every answer has headers more, some with another value each time',
    faults: () => {
      let answers = 0;
      return [
        {
          name: 'extra-headers',
          response: (response, context) => {
            answers += 1;
            response.head.append('Via', '1.1 hop');
            response.head.append('X-Served-By', 'hop-1');
            response.head.append('X-Served-By', 'hop-2');
            response.head.append('CF-Ray', `ray-${answers}`);
            response.head.append('X-RateLimit-Remaining', String(MANY - answers));
            context.bite('five headers more');
            return response;
          },
        },
      ];
    },
  },
  {
    name: 'heartbeat-rate',
    description: 'heartbeats come at another rate and with another text',
    faults: (_, times) => [heartbeatRate(times.heartbeat_ms * HEARTBEAT_RATE)],
  },
];
