/** What refusals look like. */
import { ERROR_STATUS } from '../../spec/errors.ts';
import { defineCheck, type Check } from '../../harness/check.ts';
import { header, type HttpRequest } from '../../harness/client/exchange.ts';
import type { Lab, Route } from '../../harness/lab.ts';
import { envelopeOf } from '../../harness/lab/error-envelope.ts';
import { unknownStream } from '../support/unknown-stream.ts';

/** Requests that are refused for different reasons, by handlers and by what stands before them. */
function refusedRequests(lab: Lab, stream: string): readonly (readonly [what: string, HttpRequest, Route])[] {
  const { dialect, capabilities } = lab.target;
  const append = dialect.append(stream, lab.events(1));
  const anonymous = capabilities.has('accounts')
    ? [['a request without a key', dialect.snapshot(stream), { account: null }] as const]
    : [];
  return [
    ['an unknown stream', dialect.snapshot(unknownStream(lab, stream)), {}],
    ['a body that is no JSON', { ...append, body: '{' }, {}],
    ['a path that does not exist', { method: 'GET', path: '/no/such/path' }, {}],
    ...anonymous,
  ];
}

const envelope = defineCheck({
  id: 'error-envelope',
  rows: ['LIM-15'],
  title: 'Is refused for several reasons and reads the errors',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['error-envelope'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, lab.events(1));
    await lab.snapshot(stream);
    for (const [what, request, route] of refusedRequests(lab, stream.id)) {
      const { status, headers, body, number } = await lab.http(request, route);
      lab.given(status >= 400, 'not-refused', `${what} was answered ${status}`);
      const error = envelopeOf(body);
      const belongs = Object.entries(ERROR_STATUS).some(([code, its]) => code === error?.code && its === status);
      const explained = typeof error?.message === 'string' && error.message.length > 0;
      lab.expect(belongs && explained, {
        reason: error === null ? 'no-envelope' : 'wrong-code',
        expected: `{"error":{"code","message"}} with a code that belongs to ${status} for ${what}`,
        observed: `${header(headers, 'content-type') ?? 'no content type'}: ${body.toString('utf8').slice(0, 200)}`,
        evidence: { case: what, status, code: typeof error?.code === 'string' ? error.code : null },
        exchanges: [number],
      });
    }
  },
});

const methods = defineCheck({
  id: 'wrong-method-405',
  rows: ['LIM-17'],
  title: 'Asks for one’s own stream by a method that its paths do not have',
  needs: { operations: ['create', 'append', 'snapshot', 'poll'], capabilities: ['error-envelope'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start();
    await lab.append(stream, lab.events(1));
    for (const right of [dialect.snapshot(stream.id), dialect.poll(stream.id)]) {
      const served = await lab.http(right);
      lab.given(served.status === 200, 'setup-read', `${right.method} ${right.path} was answered ${served.status}`);
      const { status, headers, number } = await lab.http({ method: 'PUT', path: right.path });
      const allow = header(headers, 'allow');
      const named = (allow ?? '').split(',').map((method) => method.trim());
      lab.expect(status === 405 && named.includes(right.method) && !named.includes('PUT'), {
        reason: 'wrong-method-untold',
        expected: `405 with an Allow that names ${right.method}`,
        observed: `${status}, Allow: ${allow ?? 'none'}`,
        evidence: { method: 'PUT', path: right.path, status, allow },
        exchanges: [number],
      });
    }
  },
});

export const ERRORS: readonly Check[] = [envelope, methods];
