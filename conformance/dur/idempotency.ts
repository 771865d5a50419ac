/** Requests repeated with their Idempotency-Key. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { AppendResult, Lab, Route, StreamHandle } from '../../harness/lab.ts';
import { canonicalJson } from '../../harness/oracle/canonical-json.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { appendedAgain, takenOverWithin } from '../support/again.ts';
import { sameIds } from '../support/dense.ts';
import { oneInstance } from '../support/direct.ts';
import { diesAt, killInstance, startInstance } from '../support/restart.ts';

const CONCURRENT = 6;

function newKey(lab: Lab): string {
  return `key-${lab.random.text(16)}`;
}

/** Ids under which the event is stored. */
async function copiesOf(lab: Lab, stream: StreamHandle, payload_json: string, route: Route): Promise<number[]> {
  const payload = canonicalJson(payload_json);
  const stored = await lab.finalRead(stream, route);
  return stored.filter((event) => event.payload === payload).map(({ id }) => id);
}

function expectOnce(
  lab: Lab,
  reason: string,
  what: string,
  results: readonly AppendResult[],
  copies: readonly number[],
): void {
  const odd = results.find(({ outcome, ids }) => outcome !== 'ok' || !sameIds(ids, copies));
  lab.expect(copies.length === 1 && odd === undefined, {
    reason,
    expected: `${what}: stored once, and its id in every answer`,
    observed:
      copies.length === 1 && odd !== undefined
        ? `stored as ${copies.join()}, one answer was ${odd.exchange.status} with ${odd.ids.join() || 'no id'}`
        : `stored ${copies.length} times: ${copies.join(', ')}`,
    evidence: {
      copies: copies.length,
      stored_ids: [...copies],
      answered: results.map(({ ids }) => ids[0] ?? null),
      statuses: results.map(({ exchange }) => exchange.status),
    },
    exchanges: results.map(({ exchange }) => exchange.number),
  });
}

const repeatedAppend = defineCheck({
  id: 'append-repeat-once',
  rows: ['DUR-07'],
  title: 'Sends an append a second time with its Idempotency-Key',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['idempotent-append'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const route = oneInstance(lab);
    const stream = await lab.start({}, route);
    await lab.append(stream, lab.events(2), route);
    const events = lab.events(1);
    const idempotency_key = newKey(lab);
    const first = await lab.tryAppend(stream, events, { idempotency_key }, route);
    lab.given(first.outcome === 'ok', 'setup-append', `an append was answered ${first.exchange.status}`);
    await lab.append(stream, lab.events(1), route);
    const again = await lab.tryAppend(stream, events, { idempotency_key }, route);
    const copies = await copiesOf(lab, stream, events[0]?.payload_json ?? '', route);
    expectOnce(lab, 'append-repeated', 'an append sent twice', [first, again], copies);
  },
});

const repeatedAfterDeath = defineCheck({
  id: 'append-repeat-after-death',
  rows: ['DUR-07'],
  title: 'Kills an instance before it answers an append, and repeats that on another one and after its restart',
  needs: {
    operations: ['create', 'append', 'poll'],
    capabilities: ['idempotent-append', 'durable'],
    hooks: ['kill', 'start'],
    instances: 1,
  },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 2, disruptions: 1 },
  timeout_ms: ({ times }) => CHECK_TIMEOUT_MS + 2 * takenOverWithin(times),
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(2), { via: 0 });
    const events = lab.events(1);
    const idempotency_key = newKey(lab);
    await diesAt(lab, 0, 'ack:before', stream.id);
    await lab.tryAppend(stream, events, { idempotency_key }, { via: 0 });
    await killInstance(lab, 0);
    const results: AppendResult[] = [];
    if (lab.target.capabilities.has('shared-store') && lab.target.instances.length > 1) {
      results.push(await appendedAgain(lab, stream, events, { via: 1 }, idempotency_key));
    }
    await startInstance(lab, 0);
    results.push(await appendedAgain(lab, stream, events, { via: 0 }, idempotency_key));
    const copies = await copiesOf(lab, stream, events[0]?.payload_json ?? '', { via: 0 });
    expectOnce(lab, 'append-repeated', 'an append whose first answer was lost', results, copies);
  },
});

const concurrentAppends = defineCheck({
  id: 'append-repeat-concurrent',
  rows: ['DUR-08'],
  title: `Sends one append ${CONCURRENT} times at once with one Idempotency-Key`,
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['idempotent-append'] },
  isolation: 'shared',
  costs: { streams: 1, connections: CONCURRENT + 1 },
  run: async (lab: Lab) => {
    const route = oneInstance(lab);
    const stream = await lab.start({}, route);
    await lab.append(stream, lab.events(2), route);
    const events = lab.events(1);
    const idempotency_key = newKey(lab);
    const results = await Promise.all(
      Array.from({ length: CONCURRENT }, () => lab.tryAppend(stream, events, { idempotency_key }, route)),
    );
    lab.given(
      results.some(({ outcome }) => outcome === 'ok'),
      'setup-append',
      'none of the appends was acknowledged',
    );
    const copies = await copiesOf(lab, stream, events[0]?.payload_json ?? '', route);
    expectOnce(lab, 'append-raced', `${CONCURRENT} concurrent appends with one key`, results, copies);
  },
});

const otherBody = defineCheck({
  id: 'append-key-other-body-409',
  rows: ['DUR-08'],
  title: 'Uses an Idempotency-Key again with another body',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['idempotent-append'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const route = oneInstance(lab);
    const stream = await lab.start({}, route);
    const idempotency_key = newKey(lab);
    const first = await lab.tryAppend(stream, lab.events(1), { idempotency_key }, route);
    lab.given(first.outcome === 'ok', 'setup-append', `an append was answered ${first.exchange.status}`);
    const { exchange, ids } = await lab.tryAppend(stream, lab.events(1), { idempotency_key }, route);
    const stored = (await lab.finalRead(stream, route)).length;
    lab.expect(exchange.status === 409 && stored === 1, {
      reason: 'key-with-other-body',
      expected: '409 and nothing stored',
      observed: `${exchange.status}, ids ${ids.join(', ') || 'none'}, ${stored} events stored`,
      evidence: { status: exchange.status, ids: [...ids], stored },
      exchanges: [first.exchange.number, exchange.number],
    });
  },
});

/** What may be said to a key that is being used by another request: conflict, too early, too many, not now. */
const IN_USE = new Set([409, 425, 429, 503]);

const repeatedStart = defineCheck({
  id: 'start-repeat-once',
  rows: ['DUR-10'],
  title: `Sends a start twice with one Idempotency-Key, and ${CONCURRENT} times at once with another`,
  needs: { operations: ['create'], capabilities: ['idempotent-start'] },
  isolation: 'shared',
  costs: { streams: 2 + CONCURRENT, connections: CONCURRENT },
  run: async (lab: Lab) => {
    const route = oneInstance(lab);
    const idempotency_key = newKey(lab);
    const first = await lab.start({ idempotency_key }, route);
    expectSame(lab, first, [await lab.start({ idempotency_key }, route)]);
    // A key that is in use may be refused; what is started must be one stream.
    const other = { idempotency_key: newKey(lab) };
    const answers = await Promise.all(Array.from({ length: CONCURRENT }, () => lab.tryStart(other, route)));
    const broken = answers.find(({ exchange, stream }) => stream === null && !IN_USE.has(exchange.status));
    lab.expect(broken === undefined, () => ({
      reason: 'start-in-use-broken',
      expected: `the stream, or one of ${[...IN_USE].join(', ')} while the key is in use`,
      observed: `${broken?.exchange.status ?? 0} (${broken?.exchange.end ?? ''})`,
      evidence: { status: broken?.exchange.status ?? null },
      exchanges: answers.map(({ exchange }) => exchange.number),
    }));
    const [distinct, ...again] = answers.flatMap(({ stream }) => (stream === null ? [] : [stream]));
    lab.given(distinct !== undefined, 'setup-start', `none of ${CONCURRENT} starts at once was taken`);
    expectSame(lab, distinct, again);
    lab.expect(distinct.id !== first.id, {
      reason: 'start-keys-confused',
      expected: 'another stream for another key',
      observed: `stream ${first.id} again`,
      evidence: { stream: first.id, second_stream: distinct.id },
    });
  },
});

function expectSame(lab: Lab, first: StreamHandle, again: readonly StreamHandle[]): void {
  const other = again.find(({ id }) => id !== first.id);
  lab.expect(other === undefined, {
    reason: 'start-repeated',
    expected: `stream ${first.id} in every answer`,
    observed: `stream ${other?.id ?? ''} as well`,
    evidence: { stream: first.id, second_stream: other?.id ?? null },
  });
}

export const IDEMPOTENCY: readonly Check[] = [
  repeatedAppend,
  repeatedAfterDeath,
  concurrentAppends,
  otherBody,
  repeatedStart,
];
