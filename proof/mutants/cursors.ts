/** Reconnecting: cursors ignored, moved, or answered wrongly. */
import { ResponseHead, type Body, type Fault, type ProxyResponse } from '../../chaos/index.ts';
import { rewriteEvents, withFields } from './events.ts';
import { rewriteJson } from './json.ts';
import { operationOf, streamOf } from './surface.ts';
import type { WireMutant } from './wire-mutant.ts';
import { because, showsId, showsStatus, showsStream } from './witness.ts';

async function* only(text: string): AsyncGenerator<Buffer, void> {
  if (text !== '') yield Buffer.from(text);
}

export function answer(status: number, reason: string, type: string | null, text: string): ProxyResponse {
  const headers: [string, string][] = type === null ? [] : [['Content-Type', type]];
  if (status !== 204) headers.push(['Content-Length', String(Buffer.byteLength(text))]);
  return { head: ResponseHead.of(status, reason, headers), body: only(text) };
}

const UNAVAILABLE = '{"error":{"code":"unavailable","message":"restarting"}}';

/** Subscriptions that broke off leave their stream marked: the next one that resumes it is refused. */
function refuseAfterBreak(marked: Set<string>): Fault['body'] {
  return async function* (body: Body, context): AsyncGenerator<Buffer, void> {
    try {
      yield* body;
    } catch (error) {
      const stream = streamOf(context.request);
      if (stream !== null && operationOf(context.request) === 'subscribe') marked.add(stream);
      throw error;
    }
  };
}

/** Whoever resumes meets these as well. */
const RESUMES = [
  'resume-at-batch-boundaries',
  'cursor-is-a-number',
  'replay-live-seam',
  'modes-share-a-cursor',
  'cursor-malformed-400',
  'cursor-ahead-refused',
  'last-event-id-wins',
  'terminal-cursor-204',
];

export const cursors: readonly WireMutant[] = [
  {
    name: 'ignore-last-event-id',
    description: 'every reconnect starts over: Last-Event-ID is not read',
    killed_by: 'resume-each-cursor',
    also: [...RESUMES, 'cursor-never-starts-over'],
    witness: because('wrong-resume', showsId, showsStream),
    faults: (tools) => [
      {
        name: 'ignore-last-event-id',
        request: (request, context) => {
          const cursor = request.head.get('last-event-id');
          if (cursor === null || !/^\d{1,15}$/.test(cursor)) return undefined;
          const detail = `Last-Event-ID ${cursor} was not read`;
          tools.plant(context, { id: Number(cursor), header: 'last-event-id', detail });
          request.head.remove('Last-Event-ID');
          return undefined;
        },
      },
    ],
  },
  {
    name: 'restart-ids',
    description: 'ids count from 1 on every connection',
    killed_by: 'resume-each-cursor',
    also: [
      'resume-at-batch-boundaries',
      'cursor-is-a-number',
      'replay-live-seam',
      'modes-share-a-cursor',
      'last-event-id-wins',
      'terminal-replayed-late',
      'no-204-while-live',
    ],
    witness: because('wrong-resume', showsId),
    faults: (tools) => [
      rewriteEvents('restart-ids', tools, (_, context) => {
        let next = 0;
        return {
          event: ({ block, id }) => {
            next += 1;
            if (next === id) return [block.raw];
            tools.plant(context, { id: next, offset: block.offset, detail: `event ${id} sent as ${next}` });
            const renumbered = String(next);
            return [
              withFields(block, (name, value) => {
                if (name === 'id') return [[name, renumbered]];
                return [[name, name === 'data' ? value.replace(/("id":\s*)\d+/, `$1${renumbered}`) : value]];
              }),
            ];
          },
        };
      }),
    ],
  },
  {
    name: 'replay-off-by-one',
    description: 'a resume repeats the event the client has seen last',
    killed_by: 'resume-each-cursor',
    also: RESUMES,
    witness: because('wrong-resume', showsId),
    faults: (tools) => [
      {
        name: 'replay-off-by-one',
        request: (request, context) => {
          const cursor = request.head.get('last-event-id') ?? '';
          if (!/^[1-9]\d{0,14}$/.test(cursor)) return undefined;
          tools.plant(context, { id: Number(cursor), detail: `event ${cursor} sent again` });
          request.head.set('Last-Event-ID', String(Number(cursor) - 1));
          return undefined;
        },
      },
    ],
  },
  {
    name: 'tail-answers-204',
    description: 'a client that resumes at the tail of a live stream gets 204, and never comes back',
    killed_by: 'no-204-while-live',
    also: ['replay-live-seam'],
    witness: because('tail-not-followed', showsStatus),
    faults: (tools) => [
      {
        name: 'tail-answers-204',
        request: (request, context) => {
          const subscription = tools.ledger.subscription(request);
          if (subscription === null || subscription.cursor === 0) return undefined;
          const { tail, ended } = tools.ledger.stream(subscription.stream);
          if (ended || subscription.cursor !== tail) return undefined;
          tools.plant(context, { id: tail, status: 204, detail: `204 at tail ${tail}` });
          return answer(204, 'No Content', null, '');
        },
      },
    ],
  },
  {
    name: 'unavailable-on-reconnect',
    description: 'the first reconnect after a broken stream is answered 503, which ends an EventSource for good',
    killed_by: 'restart-no-5xx',
    also: ['cut-frame-comes-whole', 'ticket-opens-one-stream', 'ticket-reconnects'],
    witness: because('server-error-on-reconnect', showsStatus),
    faults: (tools) => {
      const marked = new Set<string>();
      const body = refuseAfterBreak(marked);
      return [
        {
          name: 'unavailable-on-reconnect',
          request: (request, context) => {
            const stream = streamOf(request);
            if (operationOf(request) !== 'subscribe' || stream === null || !marked.delete(stream)) return undefined;
            tools.plant(context, { status: 503, detail: '503 on reconnect' });
            return answer(503, 'Service Unavailable', 'application/json', UNAVAILABLE);
          },
          ...(body && { body }),
        },
      ];
    },
  },
  {
    name: 'next-cursor-is-tail',
    description: "a poll's next_cursor is the stream's tail, not the last event it returned",
    killed_by: 'poll-next-cursor',
    also: ['poll-same-history'],
    witness: because('next-cursor-wrong', showsId, showsStream),
    faults: (tools) => [
      rewriteJson('next-cursor-is-tail', (text, context) => {
        const stream = streamOf(context.request);
        const cursor = /"next_cursor":(\d+)/.exec(text)?.[1];
        if (operationOf(context.request) !== 'poll' || stream === null || cursor === undefined) return text;
        const { tail } = tools.ledger.stream(stream);
        if (tail <= Number(cursor)) return text;
        tools.plant(context, { id: tail, detail: `next_cursor ${cursor} became ${tail}` });
        return text.replace(/"next_cursor":\d+/, `"next_cursor":${tail}`);
      }),
    ],
  },
  {
    name: 'empty-for-unknown',
    description: 'an unknown stream is answered 200 with nothing in it',
    killed_by: 'unknown-stream-404',
    also: ['foreign-not-found', 'key-per-request', 'removed-everywhere', 'removed-after-restart'],
    witness: because('unknown-stream-served', showsStatus),
    faults: (tools) => [
      {
        name: 'empty-for-unknown',
        response: (response, context) => {
          const operation = operationOf(context.request);
          const stream = streamOf(context.request) ?? '';
          if (response.head.status !== 404 || (operation !== 'poll' && operation !== 'snapshot')) return response;
          tools.plant(context, { status: 200, detail: 'an unknown stream was answered 200' });
          const empty = {
            job_id: stream,
            status: 'unknown',
            events: [],
            next_cursor: 0,
            last_event_id: 0,
            event_count: 0,
          };
          return answer(200, 'OK', 'application/json', JSON.stringify(empty));
        },
      },
    ],
  },
];
