import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import type { AddressInfo } from 'node:net';
import type { Lab } from '../lab.ts';
import { check, failing, passing, row, runOptions } from '../test-support/run-options.ts';
import { json, tinyServer } from '../test-support/tiny-server.ts';
import { runChecks, type RunEvent } from './runner.ts';
import { SHARED_CONCURRENCY } from './schedule.ts';

t.test('a run sums up its checks, in their order, with one event for each', async (t) => {
  await using server = await tinyServer();
  const events: RunEvent[] = [];
  const histories: string[] = [];
  const result = await runChecks(
    runOptions(server.target(), [passing('b'), failing('a', { rows: ['TRN-02'] })], {
      rows: [row('TRN-01'), row('TRN-02'), row('TRN-03'), row('TRN-04', { excluded: 'why' })],
      onEvent: (event) => events.push(event),
      onHistory: (id) => histories.push(id),
    }),
  );
  t.same(
    result.checks.map(({ id, outcome }) => [id, outcome]),
    [
      ['b', 'pass'],
      ['a', 'fail'],
    ],
  );
  t.match(result.checks[1], {
    reason: 'broken',
    expected: 'this',
    observed: 'that',
    evidence: { id: 7 },
    replay: 'replay a',
  });
  t.same(result.summary, { pass: 1, fail: 1, inconclusive: 0, not_observed: 0, not_applicable: 0 });
  t.same(result.coverage, { observed_must: 2, total_must: 3 });
  t.equal(result.exit_code, 1);
  t.match(result.headline, /^FAILED \(1\): that \(.*, a\); /);
  t.same(events.map((event) => event.kind).slice(0, 2), ['announced', 'waiting']);
  t.equal(events.filter((event) => event.kind === 'finished').length, 2);
  t.same(histories.sort(), ['a', 'b']);
});

t.test('shared checks that mostly wait take no lane from the others; the report keeps the order', async (t) => {
  await using server = await tinyServer();
  const work = new EventEmitter();
  const fact = { reason: 'broken', expected: 'this', observed: 'that' };
  const patient = Array.from({ length: SHARED_CONCURRENCY }, (_, index) =>
    check(
      `waits-${index}`,
      async (lab: Lab) => {
        await once(work, 'done', { signal: lab.signal });
        lab.expect(true, fact);
      },
      { patient: true, timeout_ms: 5_000 },
    ),
  );
  const busy = check('busy', async (lab: Lab) => {
    lab.expect(work.emit('done'), fact);
  });
  const { checks } = await runChecks(runOptions(server.target(), [...patient, busy]));
  t.same(
    checks.map(({ id, outcome }) => [id, outcome]),
    [...patient, busy].map(({ id }) => [id, 'pass']),
  );
});

t.test('what is missing is named, counted, and never red', async (t) => {
  await using server = await tinyServer();
  const target = server.target({
    operations: ['create'],
    safety: { allow: ['append'] },
    hooks: { kill: { run: 'true' } },
  });
  const cases = [
    passing('operation', { needs: { operations: ['snapshot'] } }),
    passing('hook', { needs: { hooks: ['pause'] } }),
    passing('account', { needs: { accounts: 2 } }),
    passing('instance', { needs: { instances: 1 } }),
    passing('safety', { needs: { hooks: ['kill'] } }),
    passing('disruptive', { isolation: 'disruptive' }),
    passing('capability', { needs: { capabilities: ['durable'] } }),
    passing('row', { rows: ['TRN-02'] }),
    passing('fine'),
  ];
  const rows = [row('TRN-01'), row('TRN-02', { capability: 'durable' })];
  const { checks, exit_code, coverage } = await runChecks(runOptions(target, cases, { rows }));
  t.same(
    checks.map(({ id, outcome, reason }) => `${id}: ${outcome} ${String(reason)}`),
    [
      'operation: not-observed no-operation',
      'hook: not-observed no-hook',
      'account: not-observed no-account',
      'instance: not-observed no-instance',
      'safety: not-observed safety',
      'disruptive: not-observed safety',
      'capability: not-applicable no-capability',
      'row: not-applicable no-capability',
      'fine: pass null',
    ],
  );
  t.match(checks[1]?.observed, /hooks.pause/);
  t.equal(exit_code, 0);
  t.same(coverage, { observed_must: 1, total_must: 1 }, 'a row whose capability is not declared is no demand');
  const required = await runChecks(runOptions(target, cases, { rows, require: ['hook'] }));
  t.equal(required.exit_code, 1);
  t.match(required.exit_reasons[0], /hook is required and was not observed/);
});

t.test('only a stated fact can pass; an error of ours is inconclusive', async (t) => {
  await using server = await tinyServer((request) => request.url === '/hang');
  const cases = [
    check('silent', async () => undefined),
    check('throws', async () => {
      throw new TypeError('oops');
    }),
    check('given', async (lab: Lab) => {
      lab.given(false, 'setup', 'no luck');
    }),
    check('lacks', async (lab: Lab) => {
      lab.account(5);
    }),
    check('hook', async (lab: Lab) => lab.hook('revokeKey')('x'), { needs: { hooks: ['revokeKey'] } }),
    check('hangs', async () => new Promise<never>(() => undefined), { timeout_ms: 50 }),
    check(
      'waits',
      async (lab: Lab) => {
        await lab.http({ method: 'GET', path: '/hang' });
      },
      { timeout_ms: ({ times }) => times.stall_limit_ms / 2 },
    ),
  ];
  const target = server.target({
    hooks: { revokeKey: { run: 'exit 1' } },
    safety: { allow: ['append', 'revoke'] },
    times: { stall_limit_ms: 140 },
  });
  const { checks, exit_code } = await runChecks(runOptions(target, cases));
  t.same(
    checks.map(({ id, outcome, reason }) => `${id}: ${outcome} ${String(reason)}`),
    [
      'silent: inconclusive observed-nothing',
      'throws: inconclusive harness-error',
      'given: inconclusive setup',
      'lacks: not-observed no-account',
      'hook: inconclusive hook-failed',
      'hangs: inconclusive check-timeout',
      'waits: inconclusive check-timeout',
    ],
  );
  t.match(checks[1]?.observed, /TypeError: oops/);
  t.match(checks[6]?.observed, /within 70 ms/);
  t.equal(exit_code, 3);
});

t.test('shared checks run side by side, timing and disruptive ones alone', async (t) => {
  await using server = await tinyServer();
  let running = 0;
  const peak = new Map<string, number>();
  const tracked = (id: string, isolation: 'shared' | 'timing' | 'disruptive') =>
    check(
      id,
      async (lab: Lab) => {
        running += 1;
        peak.set(isolation, Math.max(peak.get(isolation) ?? 0, running));
        await lab.http({ method: 'GET', path: '/readyz' });
        running -= 1;
        lab.expect(true, { reason: '', expected: '', observed: '' });
      },
      { isolation },
    );
  const cases = [
    tracked('d1', 'disruptive'),
    tracked('s1', 'shared'),
    tracked('t1', 'timing'),
    tracked('s2', 'shared'),
    tracked('t2', 'timing'),
    tracked('d2', 'disruptive'),
  ];
  const target = server.target({ safety: { allow: ['disrupt'] } });
  const { checks } = await runChecks(runOptions(target, cases));
  t.same(Object.fromEntries(peak), { shared: 2, timing: 1, disruptive: 1 });
  t.same(
    checks.map(({ id }) => id),
    ['d1', 's1', 't1', 's2', 't2', 'd2'],
  );
});

t.test('an unreachable target is exit 3 with zero passes', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await using tiny = await tinyServer();
  const target = { ...tiny.target(), url: new URL(`http://127.0.0.1:${String(port)}`) };
  const { exit_code, summary, exit_reasons, checks } = await runChecks(
    runOptions(target, [passing('a'), passing('b')], { wait_ms: 100 }),
  );
  t.equal(exit_code, 3);
  t.equal(summary.pass, 0);
  t.equal(checks[0]?.reason, 'unreachable');
  t.same(exit_reasons.length, 1);
});

t.test('a target that does not recover makes what follows inconclusive', async (t) => {
  let broken = false;
  let starts = 0;
  await using server = await tinyServer((request, response) => {
    if (!broken || request.url !== '/readyz') return false;
    json(response, 503, {});
    return true;
  });
  const controller = new AbortController();
  const breaks = check(
    'breaks',
    async (lab: Lab) => {
      broken = true;
      lab.expect(true, { reason: '', expected: '', observed: '' });
    },
    { isolation: 'disruptive' },
  );
  const target = server.target({
    capabilities: ['health'],
    safety: { allow: ['disrupt'] },
    instances: [server.url],
    hooks: {
      start: () => {
        // The first one comes while the old process is still going.
        starts += 1;
        broken = starts < 2;
      },
    },
  });
  const after = passing('after', { isolation: 'disruptive' });
  const healed = await runChecks(runOptions(target, [breaks, after], { signal: controller.signal }));
  t.equal(healed.checks[1]?.outcome, 'pass', 'the runner brings back what a check left dead');
  const hopeless = { ...target, hooks: {} };
  const { checks } = await runChecks(runOptions(hopeless, [breaks, after], { recovery_ms: 100 }));
  t.match(checks[1], { outcome: 'inconclusive', reason: 'target-not-recovered' });
});

t.test('an interrupted run keeps what it has and ends the rest', async (t) => {
  await using server = await tinyServer();
  const controller = new AbortController();
  const cases = [
    passing('first', { isolation: 'timing' }),
    check(
      'second',
      async () => {
        controller.abort();
        await new Promise<never>(() => undefined);
      },
      { isolation: 'timing' },
    ),
    passing('third', { isolation: 'timing' }),
  ];
  const { checks, exit_code, exit_reasons } = await runChecks(
    runOptions(server.target(), cases, { signal: controller.signal }),
  );
  t.same(
    checks.map(({ outcome, reason }) => [outcome, reason]),
    [
      ['pass', null],
      ['inconclusive', 'interrupted'],
      ['inconclusive', 'interrupted'],
    ],
  );
  t.equal(exit_code, 130);
  t.same(exit_reasons, ['the run was interrupted']);
});

t.test('--bail stops after the first failure, --repeat tells the pass rate', async (t) => {
  await using server = await tinyServer();
  const timing = { isolation: 'timing' } as const;
  const bailed = await runChecks(
    runOptions(server.target(), [failing('a', timing), passing('b', timing)], { bail: true }),
  );
  t.match(bailed.checks[1], { outcome: 'inconclusive', reason: 'bailed' });
  t.equal(bailed.exit_code, 1);
  let runs = 0;
  const flaky = check('flaky', async (lab: Lab) => {
    runs += 1;
    lab.expect(runs !== 2, { reason: 'second', expected: '', observed: '' });
  });
  const repeated = await runChecks(runOptions(server.target(), [flaky], { repeat: 3 }));
  t.match(repeated.checks[0], { outcome: 'fail', repeats: { passed: 2, total: 3 } });
});

t.test('the same seed gives a check the same numbers, whatever runs beside it', async (t) => {
  await using server = await tinyServer();
  const drawn: number[] = [];
  const draws = check('draws', async (lab: Lab) => {
    drawn.push(lab.random.next());
    lab.expect(true, { reason: '', expected: '', observed: '' });
  });
  await runChecks(runOptions(server.target(), [draws]));
  await runChecks(runOptions(server.target(), [passing('other'), draws]));
  await runChecks(runOptions(server.target(), [draws], { seed: 2 }));
  await runChecks(runOptions(server.target(), [{ ...draws, id: 'draws-too' }]));
  t.equal(drawn[0], drawn[1]);
  t.not(drawn[0], drawn[3], 'each check has numbers of its own');
  t.not(drawn[0], drawn[2]);
});

t.test('levels, expected failures and alternatives decide what is red', async (t) => {
  await using server = await tinyServer();
  const target = server.target();
  const should = { rows: [row('TRN-01', { level: 'SHOULD' })] };
  t.equal((await runChecks(runOptions(target, [failing('a')], should))).exit_code, 0);
  const strict = await runChecks(runOptions(target, [failing('a')], { ...should, strict: true }));
  t.match(strict, { exit_code: 1, checks: [{ level: 'MUST' }] }, 'in every report too');
  const expected = { expected_failures: new Map([['a', 'ticket 7']]) };
  const listed = await runChecks(runOptions(target, [failing('a'), passing('b')], expected));
  t.equal(listed.exit_code, 0);
  t.equal(listed.checks[0]?.expected_failure, 'ticket 7');
  const expired = await runChecks(runOptions(target, [passing('a')], expected));
  t.equal(expired.exit_code, 1);
  t.match(expired.exit_reasons[0], /a passes, but is listed/);
  const setup = await runChecks(runOptions(target, [check('a', async () => undefined), passing('b')], expected));
  t.equal(setup.exit_code, 3, 'a setup error never satisfies an expected failure');
  const group = { rows: [row('TRN-01', { alternatives: 'g' }), row('TRN-02', { alternatives: 'g' })] };
  const one = await runChecks(runOptions(target, [failing('a'), passing('b', { rows: ['TRN-02'] })], group));
  t.equal(one.exit_code, 0);
  t.equal(one.checks[0]?.outcome, 'not-applicable');
  const none = await runChecks(runOptions(target, [failing('a'), failing('b', { rows: ['TRN-02'] })], group));
  t.equal(none.exit_code, 1);
});

t.test('nothing observed is never green', async (t) => {
  await using server = await tinyServer();
  const { exit_code, exit_reasons } = await runChecks(
    runOptions(server.target(), [passing('a', { needs: { instances: 1 } })]),
  );
  t.equal(exit_code, 3);
  t.same(exit_reasons, ['nothing was observed']);
  t.same(server.requests, [], 'and the target is left alone');
});

t.test('a narrowed run is held against the rows it judges', async (t) => {
  await using server = await tinyServer();
  const rows = [row('TRN-01'), row('TRN-02'), row('TRN-03'), row('TRN-04'), row('TRN-05')];
  const all = await runChecks(runOptions(server.target(), [passing('a')], { rows }));
  t.same(all.coverage, { observed_must: 1, total_must: 5 });
  t.match(all.headline, /^INSUFFICIENT/);
  t.equal(all.exit_code, 0);
  const only = { only: ['a'], skip: [] };
  const narrowed = await runChecks(runOptions(server.target(), [passing('a')], { rows, selection: only }));
  t.same(narrowed.coverage, { observed_must: 1, total_must: 1 });
});

t.test('a fact that turned out false counts, although nobody awaited who stated it', async (t) => {
  await using server = await tinyServer();
  const details = { reason: 'left-behind', expected: 'this', observed: 'that' };
  const careless = check('careless', async (lab: Lab) => {
    const besides = (async () => {
      await lab.http({ method: 'GET', path: '/readyz' });
      lab.expect(false, details);
    })();
    lab.expect(true, details);
    await Promise.allSettled([besides]);
  });
  const { checks } = await runChecks(runOptions(server.target(), [careless]));
  t.match(checks[0], { outcome: 'fail', reason: 'left-behind', observed: 'that' });
});
