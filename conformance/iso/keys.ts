/** Who a request speaks for. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import type { Account } from '../../harness/target.ts';
import { oneInstance } from '../support/direct.ts';
import { streamRequests } from '../support/stream-requests.ts';

const keyRequired = defineCheck({
  id: 'key-required',
  rows: ['ISO-08'],
  title: 'Asks everything about a stream without a key and with one that nobody has',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['accounts'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start();
    await lab.append(stream, lab.events(1));
    await lab.snapshot(stream);
    const nobody: Account = {
      account_id: 'nobody',
      api_key_id: 'none',
      key: `sk-${lab.random.text(32)}`,
      other_keys: [],
    };
    const requests = [
      ...streamRequests(lab, stream.id),
      ...(dialect.operations.has('list') ? [{ operation: 'list', request: dialect.list() }] : []),
      { operation: 'create', request: dialect.start({}) },
    ];
    for (const { operation, request } of requests) {
      for (const account of [null, nobody]) {
        const { status, body, number } = await lab.http(request, { account });
        const who = account === null ? 'no key' : 'an unknown key';
        lab.expect(status === 401, {
          reason: 'no-key-needed',
          expected: `401 to ${operation} with ${who}`,
          observed: `${status} and ${body.byteLength} bytes`,
          evidence: { operation, key: who, status, stream: stream.id },
          exchanges: [number],
        });
      }
    }
  },
});

const perRequest = defineCheck({
  id: 'key-per-request',
  rows: ['ISO-09'],
  title: 'Sends requests of two accounts and of none over one connection',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start({}, oneInstance(lab));
    await lab.append(stream, lab.events(1), oneInstance(lab));
    const connection = lab.connection(oneInstance(lab).via);
    lab.defer(() => {
      connection.close();
    });
    const asked: readonly (readonly [who: string, account: Account | null, status: number])[] = [
      ['the owner', lab.account(0), 200],
      ['a stranger', lab.account(1), 404],
      ['nobody', null, 401],
      ['the owner again', lab.account(0), 200],
    ];
    for (const [who, account, expected] of asked) {
      const { status, number } = await lab.http(dialect.snapshot(stream.id), {
        ...oneInstance(lab),
        account,
        connection,
      });
      lab.expect(status === expected, {
        reason: 'identity-kept',
        expected: `${expected} to ${who} on a connection that others used`,
        observed: String(status),
        evidence: { who, status, stream: stream.id },
        exchanges: [number],
      });
    }
  },
});

const idempotencyScoped = defineCheck({
  id: 'idempotency-scoped',
  rows: ['ISO-17'],
  title: 'Uses one Idempotency-Key on two streams of one account and on one of another',
  needs: {
    operations: ['create', 'append', 'poll'],
    capabilities: ['accounts', 'idempotent-append'],
    accounts: 2,
  },
  isolation: 'shared',
  costs: { streams: 3, connections: 2 },
  run: async (lab: Lab) => {
    const idempotency_key = `key-${lab.random.text(12)}`;
    const route = oneInstance(lab);
    const owners = [lab.account(0), lab.account(0), lab.account(1)];
    for (const [index, account] of owners.entries()) {
      const own = { ...route, account };
      const stream = await lab.start({}, own);
      // Another number of events before it on each stream, so that the id of one is none of another.
      await lab.append(stream, lab.events(1 + 2 * index), own);
      const { outcome, ids, exchange } = await lab.tryAppend(stream, lab.events(1), { idempotency_key }, own);
      const { events } = await lab.poll(stream, {}, own);
      const stored = outcome === 'ok' && ids.length === 1 && events.at(-1)?.id === ids[0];
      lab.expect(stored, {
        reason: 'idempotency-key-shared',
        expected: 'a key that was used elsewhere is new here: the event is stored under the id answered',
        observed: `${outcome} (${exchange.status}), id ${ids.join(', ') || 'none'}, last stored ${events.at(-1)?.id ?? 0}`,
        evidence: { outcome, ids: [...ids], last_stored: events.at(-1)?.id ?? 0, account: account.account_id },
        exchanges: [exchange.number],
      });
    }
  },
});

export const KEYS: readonly Check[] = [keyRequired, perRequest, idempotencyScoped];
