import t from 'tap';
import { Unmet, Violation } from '../check.ts';
import { header } from '../client/exchange.ts';
import type { Lab } from '../lab.ts';
import { labFor } from '../test-support/lab-for.ts';
import { json, tinyServer } from '../test-support/tiny-server.ts';
import { streamQuota } from './allowance.ts';
import type { CheckLab } from './check-lab.ts';
import { RateGate } from './rate-gate.ts';

const ACCOUNTS = {
  accounts: [
    { account_id: 'a', key: 'key-a' },
    { account_id: 'b', key: 'key-b' },
  ],
};

t.test('appends, live readers, polls and snapshots become one history that the oracle accepts', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target(ACCOUNTS));
  const stream = await lab.start();
  const live = lab.subscribe(stream);
  await live.opened;
  t.same(await lab.append(stream, lab.events(3)), [1, 2, 3]);
  t.same(await lab.append(stream, [lab.target.dialect.terminal]), [4]);
  await live.finished(5_000);
  t.same((await lab.poll(stream, { after: '2' })).next_cursor, '4');
  t.equal((await lab.snapshot(stream)).event_count, 4);
  t.equal((await lab.finalRead(stream)).length, 4);
  const kinds = lab.history.map((record) => record.kind);
  t.equal(kinds.filter((kind) => kind === 'append').length, 2);
  t.equal(kinds.filter((kind) => kind === 'deliver').length, 4 + 2 + 4 + 4);
  const ends = lab.history.flatMap((record) => (record.kind === 'end' ? [record.complete] : []));
  t.equal(kinds.filter((kind) => kind === 'subscribe').length, ends.length);
  t.same(ends, [true, true, true, false, true], 'of a final read only the last, empty page is complete');
  const times = lab.history.map((record) => record.at_ms);
  t.same(
    times,
    times.toSorted((left, right) => left - right),
  );
  lab.judge();
  t.ok(lab.observations > 0, 'judging a history with deliveries is an observation');
  await lab.close();
  t.equal(server.jobs.size, 0, 'the stream is removed at the end');
});

t.test('a history without anything to judge is no observation', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target());
  lab.judge();
  t.equal(lab.observations, 0);
});

t.test('the oracle blames a payload that changed', async (t) => {
  await using server = await tinyServer((request, response) => {
    if (request.method !== 'GET' || request.url?.endsWith('/snapshot') !== true) return false;
    json(response, 200, {
      status: 'running',
      events: [{ id: 1, type: 'x', payload: {} }],
      last_event_id: 1,
      event_count: 1,
    });
    return true;
  });
  const lab = labFor(server.target());
  const stream = await lab.start();
  await lab.append(stream, lab.events(1));
  await lab.snapshot(stream);
  t.throws(() => {
    lab.judge();
  }, Violation);
});

t.test('a refused subscription and a malformed cursor are no readers', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target(ACCOUNTS));
  const stream = await lab.start();
  await lab.subscribe('unknown').finished(5_000);
  const malformed = lab.subscribe(stream, { cursor: '007' });
  await malformed.opened;
  await malformed.close();
  await lab.poll(stream, { after: '1e0' });
  t.same(lab.history, []);
  const good = lab.subscribe(stream, { cursor: '0' });
  await good.opened;
  t.match(lab.history, [{ kind: 'subscribe', cursor: 0, account_id: 'a', mode: 'sse' }]);
  await lab.close();
});

t.test('requests are signed for their account, and without one no credential leaves', async (t) => {
  await using server = await tinyServer();
  const headers = { 'X-Api-Key': 'secret', 'X-Tenant': 't' };
  const lab = labFor(server.target({ ...ACCOUNTS, headers }));
  const signed = await lab.http({ method: 'GET', path: '/readyz' }, { account: lab.account(1) });
  t.equal(header(signed.request.headers ?? [], 'authorization'), 'Bearer key-b');
  t.equal(signed.account_id, 'b');
  const bare = await lab.http({ method: 'GET', path: '/readyz' }, { account: null });
  t.equal(header(bare.request.headers ?? [], 'authorization'), null);
  t.equal(header(bare.request.headers ?? [], 'x-api-key'), null);
  t.equal(header(bare.request.headers ?? [], 'x-tenant'), 't');
  const own = await lab.http({ method: 'GET', path: '/readyz', headers: [['authorization', 'Basic x']] });
  t.same(
    own.request.headers?.filter(([name]) => name.toLowerCase() === 'authorization'),
    [['authorization', 'Basic x']],
  );
});

t.test('a configured header speaks for a target without accounts', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target({ headers: { Authorization: 'Bearer given' } }));
  const stream = await lab.start();
  t.equal(server.jobs.get(stream.id)?.owner, 'Bearer given');
  t.throws(() => lab.account(1), { name: 'Unmet', reason: 'no-account' });
});

t.test('setting up fails with a name, not with a verdict', async (t) => {
  await using server = await tinyServer((_request, response) => {
    json(response, 200, {});
    return true;
  });
  const lab = labFor(server.target());
  await t.rejects(lab.start(), { name: 'Unmet', reason: 'setup-start' });
  const stream = { id: 'x', account: lab.account() };
  await t.rejects(lab.append(stream, lab.events(1)), { name: 'Unmet', reason: 'setup-append' });
  await t.rejects(lab.poll(stream), { name: 'Unmet', reason: 'setup-poll' });
  await t.rejects(lab.snapshot(stream), { name: 'Unmet', reason: 'setup-snapshot' });
  t.equal(lab.observations, 0);
});

t.test('an append says what is certain', async (t) => {
  let status = 0;
  let own = false;
  await using server = await tinyServer((request, response) => {
    if (request.method !== 'POST' || status === 0) return false;
    if (status === 1) request.socket.destroy();
    else json(response, status, own ? { error: { code: 'unavailable' } } : {});
    return true;
  });
  const lab = labFor(server.target());
  const stream = await lab.start();
  for (const [given, outcome] of [
    [1, 'unknown'],
    [201, 'unknown'],
    [400, 'fail'],
    [408, 'unknown'],
    [429, 'fail'],
    [500, 'unknown'],
    [502, 'unknown'],
    [503, 'unknown'],
  ] as const) {
    status = given;
    t.equal((await lab.tryAppend(stream, lab.events(1))).outcome, outcome, String(given));
  }
  own = true;
  t.equal((await lab.tryAppend(stream, lab.events(1))).outcome, 'fail', 'a 503 in the service’s own words');
});

t.test('a check does no more than it declares, a run no more than safety allows', async (t) => {
  await using server = await tinyServer();
  const target = server.target({ hooks: { kill: { run: 'true' } } });
  const one = { streams: 1, connections: 1, disruptions: 1 };
  const lab = labFor(target, { costs: one });
  const stream = await lab.start();
  await t.rejects(lab.start(), { name: 'Unmet', reason: 'over-declared-costs' });
  const held = lab.subscribe(stream);
  t.throws(() => lab.subscribe(stream), { name: 'Unmet', reason: 'over-declared-costs' });
  await held.close();
  await lab.subscribe(stream).close();
  await lab.hook('kill')(0);
  await t.rejects(async () => lab.hook('kill')(0), { name: 'Unmet', reason: 'over-declared-costs' });
  await t.rejects(labFor(target, { quota: streamQuota(0) }).start(), { name: 'Unmet', reason: 'safety-max-streams' });
  t.equal(server.jobs.size, 1);
});

t.test('what a limit brought about is nobody’s fault, but where the limit is judged', async (t) => {
  await using server = await tinyServer((request, response) => {
    if (request.url !== '/limited') return false;
    json(response, 429, {});
    return true;
  });
  const target = server.target();
  const states = async (exchanges: readonly string[] | undefined, judges_429: boolean): Promise<unknown> => {
    const lab: CheckLab = labFor(target, { judges_429 });
    const numbers = new Map<string, number>();
    for (const path of ['/limited', '/other']) numbers.set(path, (await lab.http({ method: 'GET', path })).number);
    const cited = exchanges?.map((path) => numbers.get(path) ?? 0);
    return Promise.resolve()
      .then(() => {
        lab.expect(false, { reason: 'r', expected: 'e', observed: 'o', ...(cited && { exchanges: cited }) });
      })
      .catch((error: unknown) => (error as Error).name);
  };
  t.equal(await states(['/limited'], false), 'Unmet');
  t.equal(await states(undefined, false), 'Unmet', 'any of the exchanges may be it');
  t.equal(await states(['/other'], false), 'Violation', 'the limit has no part in it');
  t.equal(await states(['/limited'], true), 'Violation');
});

t.test('a connection that breaks while a fault is in force is the fault’s doing', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target({ hooks: { kill: { run: 'true' }, start: { run: 'true' } } }));
  const stream = await lab.start();
  for (const disturbed of [false, true]) {
    const subscription = lab.subscribe(stream);
    await subscription.opened;
    if (disturbed) await lab.hook('kill')(0);
    for (const reader of server.jobs.get(stream.id)?.readers ?? []) reader.destroy();
    await subscription.finished(5_000);
  }
  t.same(
    lab.history.flatMap((record) => (record.kind === 'end' ? [record.by] : [])),
    ['server', 'fault'],
  );
});

t.test('a fault without evidence ends the check; both are told in the order of time', async (t) => {
  await using server = await tinyServer();
  const lab = labFor(server.target());
  lab.record({ kind: 'heal', fault: 'x', target: 'y', at_ms: 50 });
  lab.fault('kill', 'instance 0', 10, 90, 'ECONNRESET');
  t.same(
    lab.history.map((record) => record.at_ms),
    [10, 50, 90],
  );
  t.throws(
    () => {
      lab.fault('kill', 'instance 0', 10, null, null);
    },
    { name: 'Unmet', reason: 'fault-never-bit' },
  );
  t.same(
    lab.faults.map((fault) => fault.bit),
    [true, false],
  );
});

t.test('cleanup runs last in first out, whatever happens, and within its bound', async (t) => {
  await using server = await tinyServer();
  const lab: Lab & { close(): Promise<void>; notes: readonly { text: string }[] } = labFor(server.target());
  const order: number[] = [];
  lab.defer(() => void order.push(1));
  lab.defer(() => {
    throw new Error('broken step');
  });
  lab.defer(async () => void order.push(2));
  await lab.close();
  t.same(order, [2, 1]);
  t.match(lab.notes[0]?.text, /broken step/);
});

t.test('an aborted lab starts nothing more', async (t) => {
  await using server = await tinyServer();
  const controller = new AbortController();
  const lab = labFor(server.target(), { signal: controller.signal });
  controller.abort(new Unmet('interrupted', ''));
  await t.rejects(lab.http({ method: 'GET', path: '/' }), { name: 'Unmet', reason: 'interrupted' });
  t.same(server.requests, []);
});

t.test('requests keep to the rate', async (t) => {
  const gate = new RateGate(1_000);
  const waits = Array.from({ length: 300 }, () => gate.pass());
  t.ok((waits[50] ?? 0) <= 0, 'a short burst passes');
  t.ok((waits[299] ?? 0) > 100, 'a longer one waits');
});
