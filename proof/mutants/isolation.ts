/** Ways to learn that another account's stream exists, and answers of "not found" that tell more than that. */
import type { FaultContext, ProxyResponse } from '../../chaos/index.ts';
import { answer } from './cursors.ts';
import type { MutantTools, WireMutant } from './wire-mutant.ts';
import { because, showsHeader, showsStatus } from './witness.ts';

const FORBIDDEN = '{"error":{"code":"forbidden","message":"this stream belongs to another account"}}';
/** How much longer the lookup of a stream that exists takes. */
const LEAK_MS = 30;

/** Changes the 404 of a stream that another account started. */
function onForeign(
  name: string,
  tools: MutantTools,
  change: (response: ProxyResponse, context: FaultContext) => ProxyResponse | Promise<ProxyResponse>,
) {
  return {
    name,
    response: (response: ProxyResponse, context: FaultContext) =>
      response.head.status === 404 && tools.ledger.isForeign(context.request) ? change(response, context) : response,
  };
}

export const isolation: readonly WireMutant[] = [
  {
    name: 'foreign-403',
    description: "another account's stream is forbidden instead of not found",
    killed_by: 'foreign-not-found',
    also: ['foreign-every-method', 'access-before-validation', 'key-per-request', 'ticket-opens-one-stream'],
    witness: because('not-404', showsStatus),
    faults: (tools) => [
      onForeign('foreign-403', tools, (_, context) => {
        tools.plant(context, { status: 403, detail: '404 became 403' });
        return answer(403, 'Forbidden', 'application/json', context.request.head.method === 'HEAD' ? '' : FORBIDDEN);
      }),
    ],
  },
  {
    name: 'foreign-404-header',
    description: "the 404 of another account's stream has a header more",
    killed_by: 'foreign-not-found',
    also: ['foreign-every-method', 'access-before-validation'],
    witness: because('distinguishable', showsHeader),
    faults: (tools) => [
      onForeign('foreign-404-header', tools, (response, context) => {
        response.head.append('X-Resource-Owner', 'other');
        tools.plant(context, { header: 'x-resource-owner', detail: 'one header more' });
        return response;
      }),
    ],
  },
  {
    name: 'foreign-404-slow',
    description: "the 404 of another account's stream takes 30 ms longer",
    killed_by: 'foreign-timing',
    witness: because('timing-tells'),
    faults: (tools) => [
      onForeign('foreign-404-slow', tools, async (response, context) => {
        tools.plant(context, { detail: `${LEAK_MS} ms later` });
        await context.sleep(LEAK_MS);
        return response;
      }),
    ],
  },
  {
    name: 'not-found-dated',
    description: 'the body of a 404 differs from one answer to the next',
    killed_by: 'foreign-not-found',
    also: ['access-before-validation', 'key-per-request'],
    witness: because('distinguishable'),
    faults: (tools) => {
      let sequence = 0;
      return [
        {
          name: 'not-found-dated',
          response: (response, context) => {
            if (response.head.status !== 404 || context.request.head.method === 'HEAD') return response;
            sequence += 1;
            tools.plant(context, { status: 404, detail: `body number ${sequence}` });
            const error = { code: 'not_found', message: 'not found', sequence };
            const body = JSON.stringify({ error });
            const { head } = response;
            head.remove('Transfer-Encoding');
            head.set('Content-Length', String(Buffer.byteLength(body)));
            return { head, body: answer(404, '', null, body).body };
          },
        },
      ];
    },
  },
];
