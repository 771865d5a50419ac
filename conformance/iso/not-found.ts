/** Foreign means not found: the same answer as for what never was, whatever is asked. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Exchange, HttpRequest } from '../../harness/client/exchange.ts';
import type { Connection, Lab, StreamHandle } from '../../harness/lab.ts';
import type { Account } from '../../harness/target.ts';
import { oneInstance } from '../support/direct.ts';
import { difference, type Answer, type Difference } from '../support/fingerprint.ts';
import { streamRequests } from '../support/stream-requests.ts';
import { unknownStream } from '../support/unknown-stream.ts';

/** A stream with an event that its owner can read: what a stranger is refused does exist. */
async function ownedStream(lab: Lab): Promise<StreamHandle> {
  const stream = await lab.start({}, oneInstance(lab));
  await lab.append(stream, lab.events(1), oneInstance(lab));
  await lab.snapshot(stream, oneInstance(lab));
  return stream;
}

type Alike = 'be 404' | 'be alike';

/** A header or a lost connection may differ once by chance; what tells does so each time. */
const LOOKS = 3;

/** Sends the same about a foreign stream and, before and after it, about others that never were, and compares. */
async function sameAnswer(
  lab: Lab,
  what: string,
  about: (stream: string) => HttpRequest,
  stream: StreamHandle,
  account: Account | null,
  must: Alike,
  connection?: Connection,
): Promise<void> {
  const route = { account, ...oneInstance(lab), ...(connection === undefined ? {} : { connection }) };
  const ask = async (id: string): Promise<Answer> => ({ id, exchange: await lab.http(about(id), route) });
  const unknown: Answer[] = [];
  for (let look = 1; look <= LOOKS; look += 1) {
    unknown.push(await ask(unknownStream(lab, stream.id)));
    const foreign = await ask(stream.id);
    unknown.push(await ask(unknownStream(lab, stream.id)));
    const answered = unknown.every(({ exchange }) => exchange.end === 'complete');
    lab.given(answered, 'no-answer', `${what} for an unknown stream was not answered`);
    const told = difference(foreign, unknown);
    if ((told?.by === 'headers' || foreign.exchange.end !== 'complete') && look < LOOKS) continue;
    expectAlike(
      lab,
      { what, stream, must },
      foreign.exchange,
      unknown.map(({ exchange }) => exchange),
      told,
    );
    return;
  }
}

function expectAlike(
  lab: Lab,
  { what, stream, must }: { readonly what: string; readonly stream: StreamHandle; readonly must: Alike },
  foreign: Exchange,
  unknown: readonly Exchange[],
  told: Difference | null,
): void {
  const statuses = unknown.map(({ status }) => status);
  const evidence = { request: what, foreign: foreign.status, unknown: [...new Set(statuses)], stream: stream.id };
  const exchanges = [foreign.number, ...unknown.map(({ number }) => number)];
  if (must === 'be 404') {
    lab.expect(
      [foreign.status, ...statuses].every((status) => status === 404),
      {
        reason: 'not-404',
        expected: `404 to ${what} for a foreign stream and for an unknown one`,
        observed: `${foreign.status} for the foreign, ${statuses.join(' and ')} for unknown ones`,
        evidence,
        exchanges,
      },
    );
  }
  lab.expect(told === null, {
    reason: 'distinguishable',
    expected: `the same status, headers and body to ${what} for a foreign stream and an unknown one`,
    observed: `the ${told?.by ?? ''} ${told?.seen ?? ''} for the foreign, ${told?.other ?? ''} for an unknown one`,
    evidence: { ...evidence, headers: foreign.headers.map(([name]) => name), foreign_answer: told?.seen ?? '' },
    exchanges,
  });
}

const foreignNotFound = defineCheck({
  id: 'foreign-not-found',
  rows: ['ISO-01'],
  title: 'Asks everything about another account’s stream and about one that never was',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await ownedStream(lab);
    for (const [index, { operation }] of streamRequests(lab, stream.id).entries()) {
      const about = (id: string): HttpRequest =>
        streamRequests(lab, id)[index]?.request ?? lab.target.dialect.snapshot(id);
      await sameAnswer(lab, operation, about, stream, lab.account(1), 'be 404');
    }
  },
});

const METHODS = ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST', 'GET'];

const everyMethod = defineCheck({
  id: 'foreign-every-method',
  rows: ['ISO-02'],
  title: 'Asks by every method, with a key, about another account’s stream and about one that never was',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await ownedStream(lab);
    const connection = lab.connection(oneInstance(lab).via);
    lab.defer(() => {
      connection.close();
    });
    const paths = new Set(streamRequests(lab, '{stream}').map(({ request }) => request.path));
    for (const path of paths) {
      for (const method of METHODS) {
        const about = (id: string): HttpRequest => ({ method, path: decodeURI(path).replace('{stream}', id) });
        const what = `${method} ${decodeURI(path)}`;
        await sameAnswer(lab, what, about, stream, lab.account(1), 'be alike', connection);
      }
    }
  },
});

const preflight = defineCheck({
  id: 'preflight-same-everywhere',
  rows: ['ISO-19'],
  title: 'Sends a preflight without a key for a stream that exists and for one that never was',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['accounts'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await ownedStream(lab);
    const headers: HttpRequest['headers'] = [
      ['Origin', 'https://app.example'],
      ['Access-Control-Request-Method', 'GET'],
      ['Access-Control-Request-Headers', 'authorization, last-event-id'],
    ];
    const paths = new Set(streamRequests(lab, '{stream}').map(({ request }) => request.path));
    for (const path of paths) {
      const about = (id: string): HttpRequest => ({
        method: 'OPTIONS',
        path: decodeURI(path).replace('{stream}', id),
        headers,
      });
      await sameAnswer(lab, `preflight ${decodeURI(path)}`, about, stream, null, 'be alike');
    }
  },
});

const beforeValidation = defineCheck({
  id: 'access-before-validation',
  rows: ['ISO-03'],
  title: 'Sends a stranger’s bad, large and conflicting appends to a stream that exists and to one that does not',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect, limits } = lab.target;
    const stream = await ownedStream(lab);
    const idempotency_key = `key-${lab.random.text(12)}`;
    await lab.tryAppend(stream, lab.events(1), { idempotency_key }, oneInstance(lab));
    await lab.append(stream, [dialect.terminal], oneInstance(lab));
    const append = (id: string): HttpRequest => dialect.append(id, [dialect.terminal]);
    const withBody =
      (body: string) =>
      (id: string): HttpRequest => ({ ...append(id), body });
    const large =
      limits.body_bytes === null
        ? []
        : [['a body over the limit', withBody(' '.repeat(limits.body_bytes + 1))] as const];
    const attempts: readonly (readonly [what: string, about: (id: string) => HttpRequest])[] = [
      ['an append to a finished stream', append],
      ['a body that is no JSON', withBody('{')],
      ['a body of the wrong shape', withBody('{"nothing":true}')],
      ['an Idempotency-Key in use', (id) => dialect.append(id, [dialect.terminal], { idempotency_key })],
      ...large,
    ];
    for (const [what, about] of attempts) await sameAnswer(lab, what, about, stream, lab.account(1), 'be 404');
  },
});

export const NOT_FOUND: readonly Check[] = [foreignNotFound, everyMethod, beforeValidation, preflight];
