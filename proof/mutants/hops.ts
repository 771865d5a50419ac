/** What a hop between server and client does: it buffers, compresses, cuts, hangs, or keeps quiet about who left. */
import {
  buffering,
  cut,
  gzipResponses,
  halfOpen,
  only,
  onEventStreams,
  swallowDisconnect,
  type Body,
  type Fault,
  type FaultContext,
} from '../../chaos/index.ts';
import { operationOf } from './surface.ts';
import type { MutantTools, WireMutant } from './wire-mutant.ts';
import { either, says, showsHeader, showsId, showsOffset } from './witness.ts';

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

/** Headers wait for the first byte of the body. */
function lateHeaders(tools: MutantTools): Fault {
  return onEventStreams({
    name: 'late-headers',
    response: async ({ head, body }, context) => {
      const source = body[Symbol.asyncIterator]();
      tools.plant(context, { header: 'content-type', detail: 'the headers wait for the first event' });
      const first = await source.next();
      return {
        head,
        body: first.done === true ? nothing() : followed(first.value, { [Symbol.asyncIterator]: () => source }),
      };
    },
  });
}

async function* nothing(): AsyncGenerator<Buffer, void> {
  // The body had ended before its first byte.
}

async function* followed(first: Buffer, rest: Body): AsyncGenerator<Buffer, void> {
  yield first;
  yield* rest;
}

export const hops: readonly WireMutant[] = [
  {
    name: 'ingress-buffer-4k',
    description: 'an ingress forwards whole blocks of 4 KB only',
    killed_by: 'event-dispatched-at-once',
    witness: either(showsId, showsOffset, says(/late|held|never|dispatch|wait/)),
    faults: (tools) => [onEventStreams(planting(buffering({ mode: 'block', bytes: INGRESS_BUFFER_BYTES }), tools))],
  },
  {
    name: 'gzip-holds-frames',
    description: 'event streams are compressed for who accepts it, and the compressor holds events',
    killed_by: 'sse-never-compressed',
    witness: either(showsHeader, says(/gzip/)),
    faults: (tools) => [onEventStreams(planting(gzipResponses(), tools, 'content-encoding'))],
  },
  {
    name: 'cut-at-random-byte',
    description: 'every event stream ends in order, but at some byte before its end',
    killed_by: 'stream-ends-after-terminal',
    witness: either(showsOffset, says(/end|cut|close/)),
    faults: (tools) => {
      const bytes = tools.random.fork('offset').int(1, MAX_CUT_BYTES);
      return [onEventStreams(planting(cut({ at: { bytes }, kind: 'fin', times: Infinity }), tools))];
    },
  },
  {
    name: 'hang-on-subscribe',
    description: 'a subscription is accepted and never answered',
    killed_by: 'sse-headers-at-once',
    witness: says(/timeout|no answer|never|0/),
    faults: (tools) => [only((request) => operationOf(request) === 'subscribe', planting(halfOpen(), tools))],
  },
  {
    name: 'late-headers',
    description: 'the headers of an idle stream wait for its first event',
    killed_by: 'sse-headers-at-once',
    witness: either(showsHeader, says(/header/)),
    faults: (tools) => [lateHeaders(tools)],
  },
  {
    name: 'swallow-disconnect',
    description: 'the server is never told that a client left',
    killed_by: 'disconnect-frees-subscription',
    witness: says(/subscri|connection|disconnect/),
    faults: (tools) => [only((request) => operationOf(request) === 'subscribe', planting(swallowDisconnect(), tools))],
  },
];
