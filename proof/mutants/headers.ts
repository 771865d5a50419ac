/** Headers of event streams, as a table: which is changed, to what, and which check must see it. */
import { onEventStreams, type ResponseHead } from '../../chaos/index.ts';
import type { WireMutant } from './wire-mutant.ts';
import { because, showsHeader } from './witness.ts';

interface HeaderMutant extends Pick<WireMutant, 'name' | 'description' | 'killed_by' | 'also'> {
  readonly header: string;
  readonly change: (head: ResponseHead) => void;
}

/** Longer than any stream of a run, so that the end comes too early instead of never. */
const IMPOSSIBLE_LENGTH = '1000000000';

const TABLE: readonly HeaderMutant[] = [
  {
    name: 'wrong-content-type',
    description: 'event streams call themselves text/plain',
    killed_by: 'sse-content-type',
    header: 'content-type',
    change: (head) => {
      head.set('Content-Type', 'text/plain');
    },
  },
  {
    name: 'cacheable',
    description: 'event streams may be cached for an hour',
    killed_by: 'sse-cache-control',
    header: 'cache-control',
    change: (head) => {
      head.set('Cache-Control', 'public, max-age=3600');
    },
  },
  {
    name: 'content-length-on-stream',
    description: 'event streams announce a length instead of being chunked',
    killed_by: 'sse-chunked',
    also: [
      'flush-terminal',
      'stream-ends-after-terminal',
      'revoked-key-ends-idle-stream',
      'revocation-reaches-every-instance',
      'revocation-spares-other-keys',
      'ticket-revoked-with-key',
      'removal-ends-readers',
      'drain-ends-streams-whole',
    ],
    header: 'content-length',
    change: (head) => {
      head.remove('Transfer-Encoding');
      head.set('Content-Length', IMPOSSIBLE_LENGTH);
    },
  },
  {
    name: 'no-accel-buffering',
    description: 'event streams do not ask nginx to leave buffering',
    killed_by: 'sse-accel-buffering',
    header: 'x-accel-buffering',
    change: (head) => {
      head.remove('X-Accel-Buffering');
    },
  },
  {
    name: 'stream-closes-connection',
    description: 'event streams say Connection: close unasked',
    killed_by: 'sse-keep-alive',
    header: 'connection',
    change: (head) => {
      head.set('Connection', 'close');
    },
  },
];

export const headers: readonly WireMutant[] = TABLE.map(({ header, change, ...mutant }) => ({
  ...mutant,
  witness: because('wrong-header', showsHeader),
  faults: (tools) => [
    onEventStreams({
      name: mutant.name,
      response: (response, context) => {
        const before = response.head.get(header) ?? '(none)';
        change(response.head);
        const detail = `${header}: ${before} became ${response.head.get(header) ?? '(none)'}`;
        tools.plant(context, { header, detail });
        return response;
      },
    }),
  ],
}));
