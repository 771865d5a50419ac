/**
 * The control port: what an operator may do to a cluster, over HTTP on loopback and apart from the public port. It has
 * no credentials, so a page in a browser of this machine must not reach it: any Origin is refused, and any Host that is
 * not loopback (DNS rebinding).
 */
import Fastify, { type FastifyError } from 'fastify';
import type { AddressInfo } from 'node:net';
import { ERROR_STATUS, type ErrorCode } from '../../spec/errors.ts';
import { ClusterError } from './child.ts';
import { PAUSE_POINTS, type Arming } from './pause-points.ts';
import type { Cluster } from './supervisor.ts';

export interface ControlPort {
  readonly url: string;
  close(): Promise<void>;
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const INSTANCE_ACTIONS = ['kill', 'terminate', 'pause', 'resume', 'start', 'restart'] as const;
const MAX_NEEDLE_CHARS = 4096;
const MAX_FRAME_BYTES = 1_073_741_824;

const ARMING = {
  type: 'object',
  required: ['point', 'action'],
  additionalProperties: false,
  properties: {
    point: { type: 'string', enum: Object.keys(PAUSE_POINTS) },
    action: { type: 'string', enum: ['kill', 'pause'] },
    stream: { type: 'string', minLength: 1 },
    byte: { type: 'integer', minimum: 0, maximum: MAX_FRAME_BYTES },
  },
  if: { properties: { point: { const: 'frame:byte' } } },
  then: { required: ['byte'] },
} as const;

function statusAndCode(error: unknown): { status: number; code: ErrorCode } {
  if (error instanceof Refusal) return { status: ERROR_STATUS[error.code], code: error.code };
  if (error instanceof ClusterError) {
    const code: ErrorCode =
      error.code === 'wrong_state' ? 'conflict' : error.code === 'no_instance' ? 'not_found' : 'unavailable';
    return { status: ERROR_STATUS[code], code };
  }
  const { statusCode = 500 } = error as FastifyError;
  if (statusCode === ERROR_STATUS.payload_too_large) return { status: statusCode, code: 'payload_too_large' };
  return statusCode < 500 ? { status: 400, code: 'bad_request' } : { status: 503, code: 'unavailable' };
}

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const { validation } = error as FastifyError;
  const allowed = validation?.flatMap(({ params }) => ('allowedValues' in params ? [params['allowedValues']] : []));
  return allowed === undefined || allowed.length === 0 ? text : `${text}: ${allowed.flat().join(', ')}`;
}

/** `cluster` is asked at each request; it may not be there yet when the port opens. Rejects with the listen error. */
export async function startControl(cluster: () => Cluster, port: number): Promise<ControlPort> {
  const app = Fastify({
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  // A hook without a body still says JSON in many clients.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : (JSON.parse(String(body)) as unknown));
    } catch (error) {
      done(new Refusal('bad_request', `The body is not JSON: ${(error as Error).message}`));
    }
  });
  app.addHook('onRequest', async (request) => {
    if (request.headers.origin !== undefined) {
      throw new Refusal('forbidden', 'The control port takes no requests from web pages; send none with an Origin.');
    }
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (!LOOPBACK.has(host)) {
      throw new Refusal('forbidden', `Host is ${JSON.stringify(host)}; accepted are ${[...LOOPBACK].join(', ')}.`);
    }
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const { status, code } = statusAndCode(error);
    return reply.code(status).send({ error: { code, message: message(error) } });
  });
  app.setNotFoundHandler(async (request, reply) =>
    reply
      .code(404)
      .send({ error: { code: 'not_found', message: `There is no ${request.method} ${request.url} here.` } }),
  );

  const index = (text: string): number => {
    if (/^\d{1,4}$/.test(text)) return Number(text);
    throw new Refusal('bad_request', `instance: found ${JSON.stringify(text)}, accepted is its number, from 0.`);
  };
  app.get('/instances', async () => ({ instances: cluster().instances }));
  for (const action of INSTANCE_ACTIONS) {
    app.post<{ Params: { instance: string } }>(`/instances/:instance/${action}`, async (request) => {
      const which = index(request.params.instance);
      await cluster()[action](which);
      return cluster().instances[which];
    });
  }
  app.post<{ Params: { instance: string }; Body: Arming }>(
    '/instances/:instance/arm',
    { schema: { body: ARMING } },
    async (request) => {
      await cluster().arm(index(request.params.instance), request.body);
      return { armed: request.body };
    },
  );
  app.get<{ Params: { stream: string } }>('/streams/:stream/owner', async (request, reply) =>
    reply.type('application/json').send(JSON.stringify(await cluster().ownerOf(request.params.stream))),
  );
  app.post<{ Params: { key: string } }>('/keys/:key/revoke', async (request) => {
    const api_key_id = request.params.key;
    if (await cluster().revokeKey(api_key_id)) return { api_key_id, revoked: true };
    throw new Refusal('not_found', `There is no key with the id ${JSON.stringify(api_key_id)}.`);
  });
  app.post('/accounts', async () => cluster().createAccount());
  app.get<{ Querystring: { contains?: unknown } }>('/storage', async (request) => {
    const { contains } = request.query;
    if (typeof contains !== 'string' || contains === '' || contains.length > MAX_NEEDLE_CHARS) {
      throw new Refusal('bad_request', `contains: accepted is one text of 1 to ${MAX_NEEDLE_CHARS} characters.`);
    }
    return { files: await cluster().inspectStorage(contains) };
  });

  await app.listen({ host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    close: () => app.close(),
  };
}
