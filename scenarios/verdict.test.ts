import t from 'tap';
import { createTranscriber } from '../harness/client/transcriber.ts';
import type { FaultResult, ThresholdResult } from '../harness/result.ts';
import { hideSecrets } from './hide-secrets.ts';
import { oracleCheck } from './oracle-checks.ts';
import { parseThresholds } from './thresholds.ts';
import { conclude, generatorHealth, type Findings } from './verdict.ts';

const HEALTH = { schedule_lag_p99_ms: 5, event_loop_delay_p99_ms: 1, cpu_percent: 10, unsent: 0 };
const LATE: ThresholdResult = {
  expression: 'event_latency: p(95)<1s',
  metric: 'event_latency',
  value: 1_500,
  limit: 1_000,
  unit: 'ms',
  ok: false,
};
const UNSEEN: ThresholdResult = { ...LATE, expression: 'reconnect_gap: max<1s', metric: 'reconnect_gap', value: null };
const UNFIRED: FaultResult = {
  kind: 'kill',
  target: 'instance 0',
  at_ms: 3_000,
  healed_ms: null,
  bit: false,
  evidence: 'never fired: the run ended before 30 events of stream #1 were acknowledged',
};
const QUIET: Findings = {
  checks: [],
  faults: [],
  thresholds: [],
  ...generatorHealth(HEALTH, []),
  failure: null,
  unread: { streams: 0, of: 6 },
  worst: [],
  early: null,
  interrupted: false,
  duration_ms: 15_100,
  planned_ms: 15_000,
};
const COUNTED = { lost: 0, delivered: 100 };
const budget = parseThresholds([{ field: 'here', expression: LATE.expression }], null);

t.test('a budget that ended the run is 99 and says when; what did not come about by that is no cause', async (t) => {
  const early = { at_ms: 3_000, threshold: LATE };
  const cut = { ...QUIET, thresholds: [LATE, UNSEEN], faults: [UNFIRED], early };
  t.match(conclude(cut, COUNTED), {
    exit_code: 99,
    headline: /^BUDGET BREACHED \(99\): event_latency/,
    exit_reasons: ['event_latency: p(95)<1s: measured 1.50 s, which ended the run after 3.0 s of 15.0 s'],
  });
  t.equal(conclude({ ...cut, early: null }, COUNTED).exit_code, 3, 'else a fault that never fired is no green');
  const bitten = { ...UNFIRED, target: 'instance 1', bit: true, healed_ms: 3_500 };
  const worst = [{ stream: 's', id: 1, latency_ms: 1_900, phase: 'fault', censored: false }];
  t.match(
    conclude({ ...cut, faults: [UNFIRED, bitten], worst }, COUNTED).exit_reasons,
    [/measured 1.50 s while kill of instance 1, which ended/],
    'what was not done to the target is not blamed',
  );
  const failed = { ...UNFIRED, evidence: 'the wire showed nothing' };
  t.equal(conclude({ ...cut, faults: [failed] }, COUNTED).exit_code, 3, 'nor is one that fired and never bit');
});

t.test('a fault is blamed for no budget on the time outside of faults', async (t) => {
  const bitten = { ...UNFIRED, bit: true, healed_ms: 3_500 };
  const worst = [{ stream: 's', id: 1, latency_ms: 1_900, phase: 'fault', censored: false }];
  const reasons = (tags: string): readonly string[] => {
    const late = { ...LATE, expression: `event_latency${tags}: p(95)<1s` };
    return conclude({ ...QUIET, thresholds: [late], faults: [bitten], worst }, COUNTED).exit_reasons;
  };
  for (const tags of ['{phase:steady}', '{phase:healed}', '{mode:sse, phase: replay}']) {
    t.match(reasons(tags), [/measured 1.50 s$/], tags);
  }
  for (const tags of ['', '{phase:fault}', '{mode:sse}']) {
    t.match(reasons(tags), [/measured 1.50 s while kill of instance 0$/], tags);
  }
});

t.test('a generator is saturated by its lag or by what it never sent, each said with its bound', async (t) => {
  const late = generatorHealth({ ...HEALTH, schedule_lag_p99_ms: 101 }, budget);
  t.equal(late.health.saturated, true);
  t.equal(generatorHealth({ ...HEALTH, schedule_lag_p99_ms: 100 }, budget).health.saturated, false);
  const broken = { ...QUIET, ...late, thresholds: [LATE] };
  t.match(conclude(broken, COUNTED), {
    exit_code: 3,
    exit_reasons: [/saturated \(p99 schedule lag 101.0 ms, above 10 % of the tightest latency threshold, 1.00 s\)/],
  });
  const unsent = { ...QUIET, ...generatorHealth({ ...HEALTH, unsent: 1_200 }, []) };
  t.match(conclude(unsent, COUNTED), { exit_code: 3, exit_reasons: [/1,200 events were due and never sent/] });
  const lost: ThresholdResult = { ...LATE, expression: 'lost: count==0', metric: 'lost', value: 2, unit: 'count' };
  const both = conclude({ ...broken, thresholds: [LATE, lost] }, { lost: 2, delivered: 9 });
  t.match(both.exit_reasons, [/saturated/, 'lost: count==0: measured 2'], 'what is not about time still counts');
  const ended = { ...broken, early: { at_ms: 3_000, threshold: LATE } };
  t.match(conclude(ended, COUNTED), {
    exit_code: 3,
    exit_reasons: [/saturated/, /proves nothing here, but ended the/],
  });
});

t.test('an interruption says how far the run had come and lists none of its consequences', async (t) => {
  const cut = { ...QUIET, interrupted: true, duration_ms: 5_900, faults: [UNFIRED], thresholds: [UNSEEN] };
  t.match(conclude(cut, COUNTED), {
    exit_code: 130,
    exit_reasons: ['interrupted after 5.9 s of 15.0 s'],
    headline: 'INTERRUPTED (130): after 5.9 s of 15.0 s; nothing lost in 100 deliveries',
  });
  t.match(conclude({ ...cut, duration_ms: 19_100 }, COUNTED), { exit_reasons: ['interrupted after 19.1 s'] });
});

t.test('a run in which nothing arrived is not green, and does not boast of having lost nothing', async (t) => {
  const nothing = { lost: 0, delivered: 0 };
  t.match(conclude(QUIET, nothing), {
    exit_code: 3,
    headline: /^INCONCLUSIVE \(3\): nothing was delivered to any reader/,
  });
  t.match(conclude({ ...QUIET, failure: 'refused' }, nothing), {
    exit_reasons: ['refused'],
    headline: 'INCONCLUSIVE (3): refused; nothing was delivered',
  });
  t.equal(conclude(QUIET, COUNTED).exit_code, 0);
});

t.test('a run whose last read failed has nothing to hold its deliveries against', async (t) => {
  t.match(conclude({ ...QUIET, unread: { streams: 1, of: 6 } }, COUNTED), {
    exit_code: 3,
    exit_reasons: ['the last read of 1 of 6 streams did not come to its end'],
  });
});

t.test(
  'what a hook, the load or the oracle quotes reaches result, exit reasons and headline without secrets',
  async (t) => {
    const token = 's3cret-token';
    const transcriber = createTranscriber({
      url: new URL('http://127.0.0.1:1'),
      instances: [],
      accounts: [],
      headers: [],
      filled_in: [{ name: 'TOKEN', value: token }],
    });
    const context = { began_ms: 0, duration_ms: 1, replay: null };
    const witness = {
      reason: 'lost',
      message: token,
      expected: token,
      observed: `saw ${token}`,
      stream: 's',
      id: 1,
      subscription: token,
      records: [],
      waterfall: [{ lane: token, id: 1, at_ms: 0, mark: 'ok' as const }],
    };
    const check = oracleCheck(
      { invariant: 1, name: 'n', verdict: false, violations: 1, witness, unknown_because: null },
      context,
    );
    const found = {
      ...QUIET,
      checks: [check],
      faults: [{ ...UNFIRED, evidence: `hooks.kill: the command ended with exit code 1: not with ${token}` }],
      failure: `the load broke: ${token}`,
    };
    const hidden = hideSecrets(found, transcriber);
    t.notMatch(JSON.stringify([hidden, conclude(hidden, COUNTED)]), token);
    t.match(hidden.faults[0]?.evidence, 'not with ‹variable:TOKEN›');
  },
);
