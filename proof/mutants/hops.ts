/** What a hop between server and client does: it buffers, compresses, cuts, hangs, or keeps quiet about who left. */
import { HELD_FRAMES } from './affected.ts';
import {
  buffering,
  cut,
  gzipResponses,
  halfOpen,
  only,
  onEventStreams,
  swallowDisconnect,
  WireSplitter,
  type Body,
  type Fault,
  type FaultContext,
} from '../../chaos/index.ts';
import { isPadding, rewriteEvents } from './events.ts';
import { operationOf } from './surface.ts';
import type { MutantTools, WireMutant } from './wire-mutant.ts';
import { because, showsHeader } from './witness.ts';

/** What seed 004 §1 measured at the ingress. */
const INGRESS_BUFFER_BYTES = 4_096;
/** A cut falls within the first events of a stream. */
const MAX_CUT_BYTES = 600;

/** A fault of chaos/ whose bites are what the mutant plants. */
function planting(fault: Fault, tools: MutantTools, header: string | null = null): Fault {
  const spied = (context: FaultContext): FaultContext => ({
    ...context,
    get answer() {
      return context.answer;
    },
    bite: (detail, offset) => {
      tools.plant(context, { detail, offset: offset ?? null, header });
    },
  });
  const { request, response, body } = fault;
  return {
    ...fault,
    ...(request && { request: (asked, context) => request(asked, spied(context)) }),
    ...(response && { response: (answer, context) => response(answer, spied(context)) }),
    ...(body && { body: (bytes, context) => body(bytes, spied(context)) }),
  };
}

/** Headers, and what stands before the first event, wait for that event. */
function lateHeaders(tools: MutantTools): Fault {
  return onEventStreams({
    name: 'late-headers',
    response: async ({ head, body }, context) => {
      tools.plant(context, { header: 'content-type', detail: 'the headers wait for the first event' });
      const rest = body[Symbol.asyncIterator]();
      const splitter = new WireSplitter();
      const held: Buffer[] = [];
      let begun = false;
      while (!begun) {
        const step = await rest.next();
        if (step.done === true) break;
        held.push(step.value);
        begun = splitter.push(step.value).some((item) => item.kind === 'block');
      }
      return { head, body: followed(Buffer.concat(held), { [Symbol.asyncIterator]: () => rest }) };
    },
  });
}

async function* followed(first: Buffer, rest: Body): AsyncGenerator<Buffer, void> {
  yield first;
  yield* rest;
}

/** Padding is what a frame passes the buffer with: without it the buffer holds. */
function withoutPadding(tools: MutantTools): Fault {
  return rewriteEvents('buffer-at-4k', tools, () => ({
    filler: (item) => (isPadding(item) && item.comment !== '' ? [] : [item.raw]),
  }));
}

export const hops: readonly WireMutant[] = [
  {
    name: 'buffer-at-4k',
    description: 'frames are not padded and an ingress holds them until 4 KB wait',
    killed_by: 'event-dispatched-at-once',
    also: HELD_FRAMES,
    witness: because('event-not-dispatched'),
    faults: (tools) => [
      withoutPadding(tools),
      onEventStreams(planting(buffering({ mode: 'threshold', bytes: INGRESS_BUFFER_BYTES }), tools)),
    ],
  },
  {
    name: 'gzip-holds-frames',
    description: 'event streams are compressed for who accepts it, and the compressor holds events',
    killed_by: 'sse-never-compressed',
    witness: because('compressed-stream', showsHeader),
    faults: (tools) => [onEventStreams(planting(gzipResponses(), tools, 'content-encoding'))],
  },
  {
    name: 'cut-at-random-byte',
    description: 'every event stream ends in order, but at some byte before its end',
    killed_by: 'stream-ends-after-terminal',
    witness: because('ends-before-terminal'),
    faults: (tools) => {
      const bytes = tools.random.fork('offset').int(1, MAX_CUT_BYTES);
      return [onEventStreams(planting(cut({ at: { bytes }, kind: 'fin', times: Infinity }), tools))];
    },
  },
  {
    name: 'hang-on-subscribe',
    description: 'a subscription is accepted and never answered',
    killed_by: 'sse-headers-at-once',
    witness: because('headers-withheld'),
    faults: (tools) => [only((request) => operationOf(request) === 'subscribe', planting(halfOpen(), tools))],
  },
  {
    name: 'late-headers',
    description: 'the headers of an idle stream wait for its first event',
    killed_by: 'sse-headers-at-once',
    also: ['no-204-while-live'],
    witness: because('headers-withheld'),
    faults: (tools) => [lateHeaders(tools)],
  },
  {
    name: 'swallow-disconnect',
    description: 'the server is never told that a client left',
    killed_by: 'disconnect-frees-subscription',
    // Its readers pile up until their account may open no more.
    also: ['open-streams-bounded', 'reconnect-storm', 'append-repeat-after-death'],
    witness: because('disconnect-unnoticed'),
    faults: (tools) => [only((request) => operationOf(request) === 'subscribe', planting(swallowDisconnect(), tools))],
  },
];
