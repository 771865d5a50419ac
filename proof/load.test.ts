import t from 'tap';
import type { HistoryRecord } from '../harness/history.ts';
import { buildManifest } from '../harness/runner/manifest.ts';
import type { RunResult } from '../harness/result.ts';
import { startSelf, type SelfTarget } from './self.ts';
import type { ScenarioEvent } from '../scenarios/events.ts';
import { prepareScenario } from '../scenarios/prepare.ts';
import { restartMidRun } from '../scenarios/restart-mid-run.ts';
import { runScenario } from '../scenarios/run-scenario.ts';
import type { Scenario } from '../scenarios/scenario.ts';

/** One kill in a cluster, small enough for a busy machine. */
const ONE_KILL: Scenario = {
  ...restartMidRun,
  duration_ms: 2_500,
  workload: {
    ...restartMidRun.workload,
    streams: 3,
    subscribers: { ...restartMidRun.workload.subscribers, live: 1, reconnect_every_ms: 700, away_ms: 100 },
    pollers: { poll: 1, long_poll: 1, interval_ms: 100 },
  },
  faults: () => ({
    version: 1,
    steps: [{ trigger: { on: 'ack', stream: '#1', count: 6 }, fault: { kind: 'kill', target: { instance: 0 } } }],
  }),
  // What a busy machine makes late is not the point here.
  thresholds: ['event_latency: p(95)<60s', 'lost: count==0', 'duplicated: count==0'],
};

/** As few as show that one is killed while another serves: their start is most of what this file costs. */
const CLUSTER = { store: 'sqlite', instances: 2 } as const;
/** A run leaves all instances up and reads only streams of its own, so the next one can follow. */
const healthy = await startSelf(CLUSTER);
t.teardown(() => healthy[Symbol.asyncDispose]());

interface Ran {
  readonly result: RunResult;
  readonly records: readonly HistoryRecord[];
  readonly events: readonly ScenarioEvent[];
}

async function run({ target }: SelfTarget, scenario: Scenario, interruptOn?: ScenarioEvent['kind']): Promise<Ran> {
  const records: HistoryRecord[] = [];
  const events: ScenarioEvent[] = [];
  const interruption = new AbortController();
  const result = await runScenario({
    prepared: prepareScenario({ scenario, target, seed: 7 }),
    manifest: buildManifest({ target, seed: 7, command: 'test', config: null, plan: null }),
    signal: interruption.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === interruptOn) interruption.abort();
    },
    onHistory: (some) => records.push(...some),
  });
  return { result, records, events };
}

t.test('an instance is killed under load: it bites, heals, and nothing is lost', async (t) => {
  const { result, records, events } = await run(healthy, ONE_KILL);
  t.equal(result.exit_code, 0, result.headline);
  t.match(result.headline, /^PASSED: nothing lost in [\d,]+ deliveries through 1 fault$/);
  t.match(result.faults, [{ kind: 'kill', target: 'instance 0', bit: true, evidence: /ECONNREFUSED/ }]);
  t.ok((result.faults[0]?.healed_ms ?? 0) > (result.faults[0]?.at_ms ?? Infinity));
  for (const phase of ['steady', 'fault', 'replay', 'healed']) t.ok(result.load?.phases[phase]?.count, phase);
  t.equal(result.load?.phases['fault']?.censored, 0);
  const outcomes = new Map(result.checks.map(({ id, outcome }) => [id, outcome]));
  for (const id of ['oracle-nothing-lost', 'oracle-one-payload', 'oracle-one-terminal', 'oracle-received-is-durable']) {
    t.equal(outcomes.get(id), 'pass', id);
  }
  t.match(result.manifest.plan, { version: 1, steps: [{ fault: { kind: 'kill' } }] });
  t.ok((result.metrics['queue_depth_max']?.tagged['source:target'] ?? null) !== null, 'scraped');
  const modes = new Set(records.flatMap((record) => (record.kind === 'subscribe' ? [record.mode] : [])));
  t.same([...modes].sort(), ['final', 'long-poll', 'poll', 'sse']);
  t.ok(events.some(({ kind }) => kind === 'progress'));
  t.ok(records.some(({ kind }) => kind === 'fault') && records.some(({ kind }) => kind === 'heal'));
});

t.test('a server that acknowledges before it commits is caught with the event that is gone', async (t) => {
  await using broken = await startSelf({ ...CLUSTER, defect: 'ack-before-commit' });
  const { result } = await run(broken, ONE_KILL);
  t.equal(result.exit_code, 1, result.headline);
  const failed = result.checks.find(({ id }) => id === 'oracle-nothing-lost');
  t.match(failed, { outcome: 'fail', evidence: { id: Number, stream: String } });
  t.match(result.headline, /^FAILED \(1\): oracle-nothing-lost.* \d+ lost in /);
  t.match(
    result.thresholds.find(({ metric }) => metric === 'lost'),
    { ok: false },
    'an id that was given away twice hides no loss',
  );
});

t.test('an interruption still gives what was seen; a fault that never fired is no green', async (t) => {
  const never: Scenario = {
    ...ONE_KILL,
    faults: () => ({
      version: 1,
      steps: [
        { trigger: { on: 'ack', stream: '#1', count: 1_000_000 }, fault: { kind: 'kill', target: { instance: 0 } } },
      ],
    }),
  };
  const { result } = await run(healthy, never, 'progress');
  t.equal(result.exit_code, 130);
  t.match(result.headline, /^INTERRUPTED \(130\): after \d+\.\d s of 2\.5 s; nothing lost/);
  t.match(result.faults, [{ bit: false, evidence: /^never fired: the run ended before 1000000 events of stream #1/ }]);
  t.ok(result.load?.acknowledged);
});

t.test('a budget that may end the run ends it early, and the oracle still judges what was seen', async (t) => {
  const { target } = healthy;
  const events: ScenarioEvent[] = [];
  const config = { published: [{ threshold: 'count<10', abortOnFail: true }] };
  const result = await runScenario({
    prepared: prepareScenario({
      scenario: { ...ONE_KILL, duration_ms: 60_000 },
      target,
      seed: 7,
      thresholds: { config, command_line: [], abort_on_fail: false },
    }),
    manifest: buildManifest({ target, seed: 7, command: 'test', config: null, plan: null }),
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
  t.equal(result.exit_code, 99, result.headline);
  t.match(result.exit_reasons, [/^published: count<10: measured \d+, which ended the run after \d+\.\d s of 60\.0 s$/]);
  t.match(
    events.filter(({ kind }) => kind === 'ending-early'),
    [{ reason: /^published: count<10: measured/ }],
  );
  t.equal(result.checks.find(({ id }) => id === 'oracle-nothing-lost')?.outcome, 'pass');
  t.ok(result.duration_ms < 30_000);
});
