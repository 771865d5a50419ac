import t from 'tap';
import type { HistoryRecord } from '../harness/history.ts';
import type { Target } from '../harness/target.ts';
import type { Problem } from '../harness/usage-error.ts';
import { Random } from '../spec/random.ts';
import {
  openProxy,
  parsePlan,
  PlanError,
  resolvePlan,
  runPlan,
  TriggerWatch,
  type Plan,
  type PlanDraft,
} from './index.ts';
import { RawClient, serveStream } from './test-support.ts';

const DRAFT: PlanDraft = {
  version: 1,
  steps: [
    {
      trigger: { on: 'ack', stream: { pick: ['#1', '#2', '#3'] }, count: { between: [1, 1_000_000] } },
      fault: { kind: 'kill', target: { owner_of: '#1' }, down_ms: { between: [0, 1_000_000] } },
    },
    {
      trigger: { on: 'healed', count: 1 },
      fault: { kind: 'network', fault: { name: 'cut', at: { id: '7', byte: -1 }, kind: 'rst' }, for_ms: 100 },
    },
  ],
};

t.test('the seed closes every choice, alike each time, and a step shifts no other', async (t) => {
  const plan = resolvePlan(DRAFT, new Random(7));
  t.same(resolvePlan(DRAFT, new Random(7)), plan);
  t.notSame(resolvePlan(DRAFT, new Random(8)), plan);
  const longer = resolvePlan({ ...DRAFT, steps: [...DRAFT.steps, ...DRAFT.steps] }, new Random(7));
  t.same(longer.steps.slice(0, 2), plan.steps);
  t.notSame(longer.steps[2], plan.steps[0]);
});

t.test('a saved plan is the same plan', async (t) => {
  const plan = resolvePlan(DRAFT, new Random(7));
  t.same(parsePlan(JSON.parse(JSON.stringify(plan))), plan);
});

t.test('a plan that is none is refused by field', async (t) => {
  const bad = (step: unknown): unknown => ({ version: 1, steps: [step] });
  const fault = { kind: 'sever', how: 'rst' };
  t.throws(() => parsePlan({ version: 2, steps: [] }), /version/);
  t.throws(() => parsePlan(bad({ trigger: { on: 'ack', stream: '#1', count: 0 }, fault })), /steps\[0\].trigger.count/);
  t.throws(
    () => parsePlan(bad({ trigger: { on: 'append', count: 1 }, fault: { kind: 'meteor' } })),
    /steps\[0\].fault/,
  );
  t.throws(() => parsePlan(bad({ trigger: { on: 'append', count: 1 }, fault: { ...fault, extra: 1 } })), /extra/);
});

t.test('each mistake in a plan names field, found, accepted and remedy', async (t) => {
  const trigger = { on: 'append', count: 1 };
  const fault = { kind: 'sever', how: 'rst' };
  const steps = (step: object): object => ({ version: 1, steps: [{ trigger, fault, ...step }] });
  const nested = { on: 'sequence', of: [trigger, { on: 'append', counts: 1 }] };
  const cases: [unknown, Problem][] = [
    [null, { field: 'the plan', found: 'null', accepted: 'an object', remedy: 'Change it.' }],
    [
      { version: 2, steps: [] },
      { field: 'version', found: '2', accepted: '1', remedy: 'Change it.' },
    ],
    [
      steps({ trigger: { on: 'append', count: 0 } }),
      { field: 'steps[0].trigger.count', found: '0', accepted: 'number to be >=1', remedy: 'Change it.' },
    ],
    [
      steps({ trigger: nested }),
      {
        field: 'steps[0].trigger.of[1].count',
        found: 'nothing',
        accepted: 'a number',
        remedy: 'Add `steps[0].trigger.of[1].count`.',
      },
    ],
    [
      steps({ fault: { kind: 'kil', target: { instance: 0 } } }),
      {
        field: 'steps[0].fault.kind',
        found: '"kil"',
        accepted: 'kill, terminate, pause, rolling-restart, sever, network',
        remedy: 'Did you mean "kill"?',
      },
    ],
    [
      steps({ fault: { kind: 'pause', target: { instance: 0 }, for_ms: 1 } }),
      { field: 'steps[0].fault.for_ms', found: '1', accepted: 'number to be >=250', remedy: 'Change it.' },
    ],
    [
      steps({ fault: { kind: 'kill', target: 3 } }),
      {
        field: 'steps[0].fault.target',
        found: '3',
        accepted: '{instance: N} or {owner_of: STREAM}',
        remedy: 'Change it.',
      },
    ],
  ];
  for (const [plan, problem] of cases) {
    try {
      parsePlan(plan);
      t.fail('accepted');
    } catch (error) {
      t.type(error, PlanError);
      t.has((error as PlanError).problems[0], problem);
    }
  }
  const unknown = steps({ fault: { ...fault, hov: 1 } });
  t.throws(() => parsePlan(unknown), {
    message: /steps\[0\].fault.hov: found a field that does not exist; accepted: .*how/,
  });
});

/** A target that has nothing but an address: enough for faults on the wire. */
function bare(url: URL): Target {
  return { url, instances: [], hooks: {} } as unknown as Target;
}

const ACKED: HistoryRecord[] = [
  {
    kind: 'append',
    at_ms: 0,
    op: '1',
    stream: 's',
    account_id: 'a',
    payloads: ['h'],
    terminal: false,
    intended_ms: 0,
    idempotency_key: null,
  },
  { kind: 'append-result', at_ms: 0, op: '1', outcome: 'ok', ids: [1] },
];

t.test('a plan runs: steps fire on their triggers, bite on the wire, heal, and what never fired says so', async (t) => {
  await using server = await serveStream();
  await using proxy = await openProxy({ target: server.url });
  using client = new RawClient(proxy.url);
  await client.get('/s').until(() => client.text.includes('\r\n\r\n'));
  const plan: Plan = parsePlan({
    version: 1,
    steps: [
      { trigger: { on: 'ack', stream: '#1', count: 1 }, fault: { kind: 'sever', how: 'rst' } },
      { trigger: { on: 'append', count: 99 }, fault: { kind: 'sever', how: 'rst' } },
      { trigger: { on: 'append', count: 1 }, fault: { kind: 'kill', target: { instance: 0 } } },
      {
        trigger: { on: 'healed', count: 1 },
        fault: { kind: 'network', fault: { name: 'latency', latency_ms: 1, direction: 'to-client' }, for_ms: 60_000 },
      },
    ],
  });
  const watch = new TriggerWatch();
  const seen: HistoryRecord[] = [];
  const history = {
    record: (record: HistoryRecord) => {
      seen.push(record);
      watch.record(record);
    },
  };
  const over = new AbortController();
  const running = runPlan(plan, { target: bare(server.url), watch, proxy, history, over: over.signal });
  t.equal(client.end, null);
  for (const record of ACKED) history.record(record);
  await client.ended();
  t.equal(client.end, 'ECONNRESET');
  using again = new RawClient(proxy.url);
  await again.get('/s').until(() => again.text.includes('\r\n\r\n'));
  over.abort();
  const results = await running;
  t.match(results[0], { kind: 'sever', bit: true, evidence: /rst after/ });
  t.match(results[1], { kind: 'sever', bit: false, evidence: /never fired.*99/ });
  t.match(results[2], { kind: 'kill', bit: false, evidence: /hooks.kill: not configured/ });
  t.match(results[3], { kind: 'latency', bit: true, healed_ms: Number });
  const phases = seen.flatMap((record) => ('fault' in record ? [`${record.kind} ${record.fault}`] : []));
  t.same(phases, ['fault sever', 'heal sever', 'fault network', 'heal network']);
});

t.test('a fault on a process under way when the run is over heals at once', async (t) => {
  await using server = await serveStream();
  const instances = [{ index: 0, url: server.url }];
  const hooks = { pause: async () => undefined, resume: async () => undefined };
  const target = { url: server.url, instances, hooks } as unknown as Target;
  const watch = new TriggerWatch();
  const over = new AbortController();
  const history = {
    record: () => {
      over.abort();
    },
  };
  const fault = { kind: 'pause' as const, target: { instance: 0 }, for_ms: 60_000 };
  const plan: Plan = { version: 1, steps: [{ trigger: { on: 'elapsed', after_ms: 0 }, fault }] };
  const results = await runPlan(plan, { target, watch, history, over: over.signal });
  t.match(results, [{ kind: 'pause', healed_ms: Number }]);
});
