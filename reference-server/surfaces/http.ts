/** The HTTP side: fastify for routing and bodies, one gate before every route, one envelope for every error. */
import { randomUUID } from 'node:crypto';
import { METHODS, type IncomingMessage } from 'node:http';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { reasonOf } from '../log.ts';
import type { Answer, OperationName, RequestView } from '../seams.ts';
import { StoreUnavailable } from '../stores/errors.ts';
import { BadInput, retryAfter } from './answers.ts';
import { markBusy, refuseConnection } from './client-errors.ts';
import { gate, type Admitted } from './gate.ts';
import { answerHealth } from './health.ts';
import { appendEvents } from './jobs/append.ts';
import { pollEvents } from './jobs/events.ts';
import { issueTicket, listJobs, removeJob, snapshotJob } from './jobs/manage.ts';
import { startJob } from './jobs/start.ts';
import { openStream } from './jobs/stream.ts';
import { allowOf, operationOf, ROUTES } from './routes.ts';
import type { Call, Handler, JobHandler, Runtime } from './runtime.ts';

const ACCOUNT_HANDLERS: Readonly<Partial<Record<OperationName, Handler>>> = { start: startJob, list: listJobs };
const JOB_HANDLERS: Readonly<Partial<Record<OperationName, JobHandler>>> = {
  stream: openStream,
  events: pollEvents,
  append: appendEvents,
  snapshot: snapshotJob,
  remove: removeJob,
  ticket: issueTicket,
};

/** Paths below a stream carry its id; anything longer than this is no id. */
const MAX_PARAMETER_CHARACTERS = 512;
/** What fastify calls a body over the limit. */
const BODY_TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';
/** A refused body is read on this far before it is answered anyway. */
const DISCARDED_BYTES = 16 * 1024 * 1024;
/** Who sends nothing for this long waits for the answer. */
const DISCARD_QUIET_MS = 200;
/** How often Node looks for requests that did not arrive in time: a fraction of the shorter limit. */
const TIMEOUT_CHECKS = 4;

export function createHttp(runtime: Runtime): FastifyInstance {
  const { config, seams } = runtime;
  const app = Fastify({
    logger: false,
    bodyLimit: config.body_limit_bytes,
    requestTimeout: config.request_timeout_ms,
    routerOptions: {
      querystringParser: (text) => new URLSearchParams(text) as unknown as Record<string, unknown>,
      maxParamLength: MAX_PARAMETER_CHARACTERS,
    },
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => {
      refuseConnection(seams, error, socket);
    },
    frameworkErrors: (_error, request, reply) => {
      send(runtime, viewOf(request, 'none'), reply, seams.failure('bad_request', 'The path is no valid URL path.'));
    },
    http: {
      maxHeaderSize: config.header_limit_bytes,
      headersTimeout: config.headers_timeout_ms,
      connectionsCheckingInterval: Math.max(10, Math.floor(config.headers_timeout_ms / TIMEOUT_CHECKS)),
      requireHostHeader: false,
      keepAlive: true,
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  }
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    if (error.code === BODY_TOO_LARGE) await discarded(request.raw);
    return send(runtime, viewOf(request, 'none'), reply, failureOf(runtime, error));
  });
  // Requests sent ahead on one connection may all wait for its end; how many is limited elsewhere.
  app.server.on('connection', (socket) => socket.setMaxListeners(0));
  addRoutes(app, runtime);
  return app;
}

function addRoutes(app: FastifyInstance, runtime: Runtime): void {
  /** What the gate let in, for the handler. */
  const admissions = new WeakMap<FastifyRequest, Admitted>();
  /** Runs before the body is read. */
  const admit = async (
    request: FastifyRequest,
    reply: FastifyReply,
    operation: OperationName,
    allow: string | null,
  ): Promise<FastifyReply | undefined> => {
    const view = viewOf(request, operation);
    const verdict = await gate(runtime.seams, view, allow);
    if ('answer' in verdict) {
      // Node reads on for the next request; where there is none, a body under way is read here.
      if (verdict.answer.headers['connection'] === 'close') await discarded(request.raw);
      return send(runtime, view, reply, verdict.answer);
    }
    admissions.set(request, verdict.admitted);
    return undefined;
  };
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const admitted = admissions.get(request);
    if (admitted === undefined) throw new Error('A request came past the gate');
    const answer = await dispatch(runtime, admitted, request, reply);
    return answer === null ? reply : send(runtime, admitted.view, reply, answer);
  };

  for (const route of ROUTES) {
    const allow = allowOf(route);
    for (const method of app.supportedMethods) {
      const operation = operationOf(route, method);
      app.route({
        method,
        url: route.path,
        onRequest: (request, reply) => admit(request, reply, operation, allow),
        handler: handle,
      });
    }
  }
  // A path that is none of ours; below a stream it is refused as the stream itself would be.
  const nowhere = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> =>
    admit(request, reply, 'none', null);
  app.addHook('onRequest', async (request, reply) => (request.is404 ? nowhere(request, reply) : undefined));
  app.setNotFoundHandler(handle);
}

async function dispatch(
  runtime: Runtime,
  { view, principal, job }: Admitted,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Answer | null> {
  if (principal === null) return answerHealth(runtime, view.operation);
  const call: Call = {
    view,
    principal,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    response: reply.raw,
    send: (answer) => void send(runtime, view, reply, answer),
    hijack: () => {
      reply.hijack();
      markBusy(view.socket, reply.raw);
    },
  };
  const of_account = ACCOUNT_HANDLERS[view.operation];
  if (of_account !== undefined) return of_account(runtime, call);
  const of_job = JOB_HANDLERS[view.operation];
  if (of_job === undefined || job === null) throw new Error(`There is no handler for ${view.operation}`);
  return of_job(runtime, { ...call, job });
}

function viewOf(request: FastifyRequest, operation: OperationName): RequestView {
  const { job_id } = (request.params ?? {}) as { readonly job_id?: string };
  const [path = '/'] = request.url.split('?', 1);
  return {
    method: request.method,
    path,
    operation,
    job_id: job_id ?? null,
    headers: request.headers,
    query: request.query instanceof URLSearchParams ? request.query : new URLSearchParams(),
    http_version: request.raw.httpVersion,
    socket: request.raw.socket,
    request_id: request.id,
  };
}

function send(runtime: Runtime, view: RequestView, reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, headers, body } = runtime.seams.outgoing(answer, view);
  reply.code(status).headers(runtime.seams.cors(view, false)).headers(headers).header('x-request-id', view.request_id);
  // A client that keeps its connection would bring its next request to an instance that is going away.
  if (runtime.state.draining) reply.header('connection', 'close');
  // Whoever does not take an answer holds it in memory; what is taken piece by piece starts the time anew.
  reply.raw.setTimeout(runtime.config.stall_limit_ms, () => view.socket.destroy());
  // First of its listeners: Node's own sets what holds between requests, unless another was sent ahead.
  reply.raw.prependOnceListener('finish', () => view.socket.setTimeout(0));
  return body === '' ? reply.send() : reply.send(body);
}

/**
 * Reads the rest of a body that is refused: a connection closed over unread bytes is reset, and the reset may overtake
 * the answer. Bounded in bytes, by a silence, and by the request timeout.
 */
function discarded(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const done = (): void => {
      clearTimeout(quiet);
      resolve();
    };
    const quiet = setTimeout(done, DISCARD_QUIET_MS);
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      quiet.refresh();
      if (bytes > DISCARDED_BYTES) done();
    });
    request.once('end', done);
    request.once('close', done);
  });
}

/**
 * What a failure is to the client: its own mistake, by name; 503 with a time to come back where the store says that
 * nothing was changed; and 500 where nobody can say so.
 */
function failureOf({ seams, config, log }: Runtime, error: FastifyError): Answer {
  if (error instanceof BadInput) return seams.failure('bad_request', error.message);
  if (error.code === BODY_TOO_LARGE) {
    const message = `The body is larger than ${config.body_limit_bytes} bytes, send it in parts.`;
    return seams.failure('payload_too_large', message);
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return seams.failure('bad_request', error.message);
  }
  log('error', 'a request failed', { reason: reasonOf(error) });
  if (error instanceof StoreUnavailable) {
    const message = 'The service cannot do this now; nothing was changed.';
    return seams.failure('unavailable', message, { headers: retryAfter });
  }
  return seams.failure('internal', 'The service failed; whether the request took effect is not known.');
}
