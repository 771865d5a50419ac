/** Tickets: what a browser's EventSource has in place of a key. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import type { Account } from '../../harness/target.ts';
import { oneInstance } from '../support/direct.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { unknownStream } from '../support/unknown-stream.ts';

const NEEDS = {
  operations: ['create', 'append', 'subscribe', 'ticket'],
  capabilities: ['accounts', 'tickets'],
} as const;
const GRACE_MS = 500;

interface Ticketed {
  readonly stream: StreamHandle;
  readonly ticket: string;
}

/** A stream with one event and a ticket that is shown to open it. */
async function ticketed(lab: Lab, account: Account, shown = true): Promise<Ticketed> {
  const { dialect } = lab.target;
  const route = { account, ...oneInstance(lab) };
  const stream = await lab.start({}, route);
  await lab.append(stream, lab.events(1), route);
  const exchange = await lab.http(dialect.ticket(stream.id), route);
  lab.given(
    exchange.status === 201 || exchange.status === 200,
    'setup-ticket',
    `a ticket was answered ${exchange.status}`,
  );
  const { ticket } = dialect.readTicket(exchange);
  if (shown) {
    await using reader = lab.subscribe(stream.id, { ...oneInstance(lab), account: null, ticket });
    lab.given(await arrives(reader, 1, attachBound(lab)), 'setup-ticket', 'the ticket does not open its own stream');
  }
  return { stream, ticket };
}

/**
 * In the middle of the last part, which is the signature where there is one: the last letter of base64url may hold bits
 * that no byte has. Never the same letter in the other case, which hexadecimal does not tell apart.
 */
function oneLetterChanged(ticket: string): string {
  const index = Math.floor((ticket.lastIndexOf('.') + 1 + ticket.length) / 2);
  return `${ticket.slice(0, index)}${ticket[index]?.toUpperCase() === 'A' ? 'B' : 'A'}${ticket.slice(index + 1)}`;
}

const oneStream = defineCheck({
  id: 'ticket-opens-one-stream',
  rows: ['ISO-14'],
  title: 'Tries a ticket on its stream, on another of the account, on a foreign and on an unknown one',
  needs: { ...NEEDS, accounts: 2 },
  isolation: 'shared',
  costs: { streams: 3, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const { stream, ticket } = await ticketed(lab, lab.account(0));
    // Each with a ticket that opens it there: that it is refused below does not mean that it is elsewhere.
    const { stream: sibling } = await ticketed(lab, lab.account(0));
    const { stream: foreign } = await ticketed(lab, lab.account(1));
    const tried: readonly (readonly [where: string, id: string, ticket: string, status: number])[] = [
      ['another stream of the account', sibling.id, ticket, 404],
      ['a foreign stream', foreign.id, ticket, 404],
      ['an unknown stream', unknownStream(lab, stream.id), ticket, 404],
      ['its stream, with a letter changed', stream.id, oneLetterChanged(ticket), 401],
    ];
    for (const [where, id, shown, expected] of tried) {
      const { status, number } = await lab.http(dialect.subscribe(id, { ticket: shown }), {
        ...oneInstance(lab),
        account: null,
        timeout_ms: attachBound(lab),
      });
      lab.expect(status === expected, {
        reason: 'ticket-opens-too-much',
        expected: `${expected} to a ticket on ${where}`,
        observed: String(status),
        evidence: { where, status, stream: id },
        exchanges: [number],
      });
    }
  },
});

const revokedWithKey = defineCheck({
  id: 'ticket-revoked-with-key',
  rows: ['ISO-15'],
  title: 'Revokes the key that issued a ticket while the ticket is in use',
  needs: {
    ...NEEDS,
    capabilities: ['accounts', 'tickets', 'revocation'],
    hooks: ['createAccount', 'revokeKey'],
  },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const account = await lab.hook('createAccount')();
    const { stream, ticket } = await ticketed(lab, account, false);
    await using reader = lab.subscribe(stream.id, { ...oneInstance(lab), account: null, ticket });
    lab.given(await arrives(reader, 1, attachBound(lab)), 'setup-ticket', 'the ticket does not open its own stream');
    await lab.hook('revokeKey')(account.api_key_id);
    const within_ms = lab.target.times.revocation_ms + GRACE_MS;
    const ended = await reader.until(({ end }) => end !== null, within_ms);
    lab.expect(ended, {
      reason: 'ticket-outlives-key',
      expected: `the ticket’s reader ended within ${within_ms} ms of the revocation`,
      observed: 'it is still attached',
      evidence: { ended, status: 200, stream: stream.id },
      exchanges: [reader.number],
    });
    const again = await lab.http(lab.target.dialect.subscribe(stream.id, { ticket }), {
      ...oneInstance(lab),
      account: null,
      timeout_ms: attachBound(lab),
    });
    lab.expect(again.status === 401, {
      reason: 'ticket-outlives-key',
      expected: '401 to the ticket of a revoked key',
      observed: String(again.status),
      evidence: { ended, status: again.status, stream: stream.id },
      exchanges: [again.number],
    });
  },
});

const reconnects = defineCheck({
  id: 'ticket-reconnects',
  rows: ['ISO-16'],
  title: 'Reconnects with a ticket’s URL as an EventSource does',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { stream, ticket } = await ticketed(lab, lab.account(0), false);
    for (const attempt of [1, 2, 3]) {
      await using reader = lab.subscribe(stream.id, { ...oneInstance(lab), account: null, ticket });
      const { status } = await reader.opened;
      lab.given(attempt > 1 || status === 200, 'setup-ticket', `the ticket was answered ${status} at its first use`);
      const served = await arrives(reader, 1, attachBound(lab));
      lab.expect(status === 200 && served, {
        reason: 'ticket-used-up',
        expected: `connection ${attempt} with the same URL served`,
        observed: `answered ${status}`,
        evidence: { attempt, status, stream: stream.id },
        exchanges: [reader.number],
      });
    }
  },
});

export const TICKETS: readonly Check[] = [oneStream, revokedWithKey, reconnects];
