import t from 'tap';
import { UsageError } from '../harness/usage-error.ts';
import { healedLatencyMs, holds, parseThresholds, tightestLatencyMs, type ThresholdText } from './thresholds.ts';

const FULL = {
  capabilities: new Set(['metrics', 'long-poll'] as const),
  instances: [{ index: 0, url: new URL('http://127.0.0.1:1'), metrics_url: new URL('http://127.0.0.1:1/metrics') }],
};
const BARE = { capabilities: new Set([]), instances: [] };

function asked(texts: readonly string[]): ThresholdText[] {
  return texts.map((expression) => ({ field: '--threshold', expression }));
}

function problemsOf(texts: readonly string[], target: typeof FULL | typeof BARE = FULL): UsageError['problems'] {
  try {
    parseThresholds(asked(texts), target);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

t.test("k6's grammar, with units on durations", async (t) => {
  const percentile = (percent: number) => ({ kind: 'percentile', percent });
  const table: readonly (readonly [text: string, wanted: object])[] = [
    [
      'event_latency: p(95)<1000',
      { metric: 'event_latency', tags: {}, aggregation: percentile(95), operator: '<', limit: 1000 },
    ],
    ['event_latency{phase:fault}: p(95)<1s', { tags: { phase: 'fault' }, limit: 1000 }],
    [
      'event_latency{phase:fault, mode:sse}:p(99.9) <= 500ms',
      { tags: { phase: 'fault', mode: 'sse' }, aggregation: percentile(99.9), operator: '<=', limit: 500 },
    ],
    ['replay_duration: avg<0.5s', { aggregation: { kind: 'avg' }, limit: 500 }],
    ['reconnect_gap: min>=1', { aggregation: { kind: 'min' }, operator: '>=', limit: 1 }],
    ['event_latency: med < 1m', { aggregation: { kind: 'med' }, limit: 60_000 }],
    ['event_latency: max!=0', { aggregation: { kind: 'max' }, operator: '!=' }],
    ['lost: count==0', { metric: 'lost', aggregation: { kind: 'count' }, operator: '==', limit: 0 }],
    ['duplicated: count===0', { operator: '===' }],
    ['published: rate>10', { aggregation: { kind: 'rate' }, operator: '>', limit: 10 }],
    [
      'queue_depth{source:target}: value<100',
      { tags: { source: 'target' }, aggregation: { kind: 'value' }, limit: 100 },
    ],
  ];
  for (const [text, wanted] of table)
    t.match(parseThresholds(asked([` ${text} `]), FULL)[0], { expression: text, ...wanted }, text);
});

t.test('every bad one names where, what was found, what is accepted, and how to mend it', async (t) => {
  const table: readonly (readonly [text: string, found: RegExp, accepted: RegExp, remedy: RegExp])[] = [
    ['', /no metric/, /metric\{tag:value\}/, /For example/],
    ['event_latency p(95)<1s', /no metric and colon/, /metric/, /For example/],
    ['event_latancy: p(95)<1s', /"event_latancy"/, /event_latency/, /Did you mean "event_latency"/],
    ['event_latency{phase}: max<1', /"phase"/, /\{tag:value\}/, /phase:fault/],
    ['event_latency{fase:fault}: max<1', /tag "fase"/, /phase, mode/, /Did you mean "phase"/],
    ['event_latency{phase:falt}: max<1', /phase:falt/, /steady, fault/, /Did you mean "fault"/],
    ['event_latency{phase:fault,phase:steady}: max<1', /"phase" twice/, /once/, /Leave/],
    ['lost{phase:fault}: count==0', /tag "phase"/, /no tags on lost/, /Leave it out/],
    ['event_latency: p(95)', /"p\(95\)"/, /p\(N\)/, /p\(95\)<1s/],
    ['event_latency: p(101)<1', /"p\(101\)"/, /p\(N\)/, /0 to 100/],
    ['event_latency: p95<1', /p95/, /p\(N\)/, /./],
    ['event_latency: count<1', /"count"/, /avg, min, med, max/, /./],
    ['lost: p(95)<1', /"p\(95\)"/, /count, rate on the counter lost/, /./],
    ['queue_depth: max<1', /"max"/, /value on the gauge/, /Take one/],
    ['lost: count=<1', /count=<1/, /one of <=/, /count==0/],
    ['event_latency: max<fast', /"fast"/, /ms, s or m/, /500ms/],
    ['event_latency: max<1h', /"1h"/, /us, ms, s or m/, /500ms/],
    ['lost: count<1s', /"1s"/, /without unit/, /For example 0/],
    ['event_latency: max<-1', /"-1"/, /number/, /500ms/],
    ['event_latency: max<5constructor', /"5constructor"/, /us, ms, s or m/, /500ms/],
    ['constructor: max<1', /^metric "constructor"$/, /event_latency/, /Take one/],
    ['event_latency{constructor:x}: max<1', /tag "constructor"/, /phase, mode/, /./],
  ];
  for (const [text, found, accepted, remedy] of table) {
    const [problem, ...others] = problemsOf([text]);
    t.match(problem, { field: `--threshold ${JSON.stringify(text)}`, found, accepted, remedy }, text);
    t.equal(others.length, 0);
  }
  t.equal(problemsOf(['nothing', 'lost: count==0', 'neither']).length, 2, 'all bad ones at once');
});

t.test('a metric that this target cannot have is refused with those that it can', async (t) => {
  t.match(problemsOf(['queue_depth{source:target}: value<1'], BARE), [
    { found: /"metrics"/, accepted: /event_latency/ },
  ]);
  t.match(problemsOf(['event_latency{mode:long-poll}: max<1'], BARE), [{ found: /"long-poll"/ }]);
  t.match(problemsOf(['event_gap: max<1'], FULL), [{ found: /event_gap/, accepted: /event_latency/ }]);
  t.doesNotThrow(() => {
    parseThresholds(asked(['queue_depth{source:target}: value<1']), null);
  });
});

t.test('a limit itself keeps <= and breaks <; the tightest bound is of durations alone', async (t) => {
  t.equal(holds({ operator: '<', limit: 5 }, 5), false);
  t.equal(holds({ operator: '<=', limit: 5 }, 5), true);
  t.equal(holds({ operator: '>', limit: 5 }, 5), false);
  t.equal(holds({ operator: '>=', limit: 5 }, 5), true);
  t.equal(holds({ operator: '!=', limit: 5 }, 5), false);
  t.equal(holds({ operator: '===', limit: 5 }, 5), true);
  const read = (texts: readonly string[]) => tightestLatencyMs(parseThresholds(asked(texts), FULL));
  t.equal(
    read(['event_latency: max<2s', 'reconnect_gap: p(95)<=300', 'queue_depth: value<5', 'event_latency: min>1']),
    300,
  );
  t.equal(read(['lost: count==0']), null);
});

t.test('healed is what the budgets demand of p95, not of a median, of one mode or of replays', async (t) => {
  const read = (texts: readonly string[]) => healedLatencyMs(parseThresholds(asked(texts), FULL));
  t.equal(read(['event_latency: p(95)<1s', 'event_latency{phase:fault}: p(99)<800ms']), 800);
  t.equal(read(['event_latency: max<700ms']), 700);
  const others = [
    'event_latency: med<50ms',
    'event_latency{mode:sse}: max<9ms',
    'event_latency{phase:replay}: max<9ms',
  ];
  t.equal(read([...others, 'reconnect_gap: max<5ms']), null);
  t.equal(read([...others, 'event_latency{phase:healed}: p(95)<2s']), 2_000);
});
