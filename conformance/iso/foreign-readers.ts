/** What a stranger receives, and what the owner notices of it. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { oneInstance } from '../support/direct.ts';
import { arrives, attachBound, followed } from '../support/followed.ts';
import { streamRequests, type StreamRequest } from '../support/stream-requests.ts';

/** A text that only the owner knows. */
function secretEvent(lab: Lab): { readonly secret: string; readonly event: { type: string; payload_json: string } } {
  const secret = `owner-only-${lab.random.text(24)}`;
  return { secret, event: { type: 'agent_chunk', payload_json: JSON.stringify({ step: 's', chunk: secret }) } };
}

const strangerSeesNothing = defineCheck({
  id: 'foreign-reader-sees-nothing',
  rows: ['ISO-05'],
  title: 'Lets a stranger follow a stream while its owner does, and looks for a single byte of it',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    await using owner = await followed(lab);
    await using stranger = lab.subscribe(owner.stream.id, { account: lab.account(1) });
    const { status } = await stranger.opened;
    const { secret, event } = secretEvent(lab);
    const [id] = await lab.append(owner.stream, [event]);
    const delivered = await arrives(owner.subscription, id, attachBound(lab));
    const leaked = stranger.events.length > 0 || (await stranger.close()).body.includes(secret);
    lab.expect(status !== 200 && !leaked, {
      reason: 'foreign-stream-read',
      expected: 'no stream and not a byte of it for another account',
      observed: leaked ? `the stranger read event ${id ?? '?'}` : `the stranger was answered ${status}`,
      evidence: { status, leaked, id: id ?? null, stream: owner.stream.id },
      exchanges: [stranger.number],
    });
    lab.expect(delivered && owner.subscription.end === null, {
      reason: 'owner-disturbed',
      expected: `the owner’s reader attached, event ${id ?? '?'} received`,
      observed: delivered
        ? `the owner’s stream ended (${owner.subscription.end ?? ''})`
        : 'the owner’s reader missed it',
      evidence: { id: id ?? null, stream: owner.stream.id },
      exchanges: [owner.subscription.number],
    });
  },
});

const stolenCursor = defineCheck({
  id: 'foreign-cursor-replays-nothing',
  rows: ['ISO-06'],
  title: 'Resumes another account’s stream with a cursor that its owner has used',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    await using owner = await followed(lab);
    const { secret, event } = secretEvent(lab);
    const [id] = await lab.append(owner.stream, [event]);
    lab.given(await arrives(owner.subscription, id, attachBound(lab)), 'setup-subscribe', 'the owner was not served');
    const route = { account: lab.account(1) };
    await using resumed = lab.subscribe(owner.stream.id, { ...route, cursor: '1' });
    const { status } = await resumed.opened;
    // Whoever would be served is served at once: the event is already there.
    if (status === 200) await resumed.until(({ events }) => events.length > 0, attachBound(lab));
    const replayed = (await resumed.close()).body.includes(secret);
    const polled = dialect.operations.has('poll')
      ? await lab.http(dialect.poll(owner.stream.id, { after: '1' }), route)
      : null;
    const leaked = replayed || (polled?.body.includes(secret) ?? false);
    lab.expect(!leaked && status !== 200, {
      reason: 'foreign-cursor-replayed',
      expected: 'a stolen cursor opens nothing',
      observed: leaked ? `it replayed event ${id ?? '?'} of another account` : `it was answered ${status}`,
      evidence: { cursor: '1', id: id ?? null, status, polled: polled?.status ?? null, leaked },
      exchanges: [resumed.number, ...(polled === null ? [] : [polled.number])],
    });
  },
});

/** How the owner is answered; a reader is served once it was given the event. */
async function askedByOwner(lab: Lab, stream: StreamHandle, { operation, request }: StreamRequest, event: number) {
  const route = oneInstance(lab);
  if (operation !== 'subscribe') {
    const { status, number } = await lab.http(request, route);
    return { served: status >= 200 && status < 300, status, number };
  }
  await using reader = lab.subscribe(stream, route);
  const served = await arrives(reader, event, attachBound(lab));
  return { served, status: (await reader.opened).status, number: reader.number };
}

const ownerUndisturbed = defineCheck({
  id: 'owner-undisturbed',
  rows: ['ISO-18'],
  title: 'Lets a stranger try everything on a stream, then its owner',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    const route = oneInstance(lab);
    const stream = await lab.start({}, route);
    const [first = 1] = await lab.append(stream, lab.events(1), route);
    for (const asked of streamRequests(lab, stream.id)) {
      if (asked.operation === 'remove') continue;
      const { served, status } = await askedByOwner(lab, stream, asked, first);
      lab.given(served, 'setup-owner', `the owner’s ${asked.operation} was answered ${status} before a stranger tried`);
    }
    for (const { request } of streamRequests(lab, stream.id)) {
      await lab.http(request, { ...route, account: lab.account(1) });
    }
    for (const asked of streamRequests(lab, stream.id)) {
      const { operation } = asked;
      const { served, status, number } = await askedByOwner(lab, stream, asked, first);
      lab.expect(served, {
        reason: 'owner-locked-out',
        expected: `the owner’s ${operation} served after a stranger tried`,
        observed: `it was answered ${status}`,
        evidence: { operation, status, stream: stream.id },
        exchanges: [number],
      });
    }
  },
});

const listOwnOnly = defineCheck({
  id: 'list-own-only',
  rows: ['ISO-07'],
  title: 'Lists the streams of two accounts that both have some',
  needs: { operations: ['create', 'list'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 4, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const accounts = [lab.account(0), lab.account(1)];
    const own = await Promise.all(
      accounts.map(async (account) => [await lab.start({}, { account }), await lab.start({}, { account })]),
    );
    for (const [index, account] of accounts.entries()) {
      const exchange = await lab.http(dialect.list(), { account });
      lab.given(exchange.status === 200, 'setup-list', `a list was answered ${exchange.status}`);
      const listed = new Set(dialect.readListed(exchange).map(({ stream }) => stream));
      const foreign = (own[1 - index] ?? []).filter(({ id }) => listed.has(id));
      const missing = (own[index] ?? []).filter(({ id }) => !listed.has(id));
      lab.expect(foreign.length === 0 && missing.length === 0, {
        reason: foreign.length > 0 ? 'foreign-stream-listed' : 'own-stream-missing',
        expected: 'all of the account’s own streams and none of another’s',
        observed:
          foreign.length > 0 ? `stream ${foreign[0]?.id ?? ''} of another account` : `without ${missing[0]?.id ?? ''}`,
        evidence: { foreign: foreign.map(({ id }) => id), missing: missing.map(({ id }) => id), listed: listed.size },
        exchanges: [exchange.number],
      });
    }
  },
});

export const FOREIGN_READERS: readonly Check[] = [strangerSeesNothing, stolenCursor, ownerUndisturbed, listOwnOnly];
