import t from 'tap';
import { UsageError } from '../harness/usage-error.ts';
import { gatherThresholds, type ThresholdSources } from './threshold-sources.ts';

const NOTHING: ThresholdSources = { scenario: [], config: {}, command_line: [], abort_on_fail: false };

function expressions(sources: Partial<ThresholdSources>): string[] {
  return gatherThresholds({ ...NOTHING, ...sources }, null).map(({ expression }) => expression);
}

t.test('the command line stands above the config, the config above the scenario, per metric and tags', async (t) => {
  const found = expressions({
    scenario: ['event_latency: p(95)<1s', 'event_latency: max<2s', 'lost: count==0', 'reconnect_gap: max<2s'],
    config: {
      event_latency: ['p(95)<3s', 'p(99)<4s'],
      'reconnect_gap{phase:fault}': ['max<5s'],
      'event_latency{mode:sse, phase:fault}': ['max<6s'],
    },
    command_line: ['event_latency{phase:fault,mode:sse}: max<7s', 'lost: count<3'],
  });
  t.same(found, [
    'event_latency{phase:fault,mode:sse}: max<7s',
    'lost: count<3',
    'event_latency: p(95)<3s',
    'event_latency: p(99)<4s',
    'reconnect_gap{phase:fault}: max<5s',
    'reconnect_gap: max<2s',
  ]);
});

t.test("abortOnFail and delayAbortEval are k6's; the command line's is one option for all of its own", async (t) => {
  const config = {
    event_latency: [
      'p(95)<1s',
      { threshold: 'max<2s', abortOnFail: true },
      { threshold: 'max<3s', abortOnFail: true, delayAbortEval: '2s' },
      { threshold: 'max<4s', abortOnFail: false },
    ],
  };
  const aborts = (sources: Partial<ThresholdSources>) =>
    gatherThresholds({ ...NOTHING, ...sources }, null).map(({ abort }) => abort?.after_ms ?? null);
  t.same(aborts({ config }), [null, 0, 2_000, null]);
  t.same(
    aborts({ config: { published: ['count>1'] }, command_line: ['lost: count==0'], abort_on_fail: true }),
    [0, null],
    'not those of the config',
  );
});

t.test('what is wrong in the config is named by its place there, all of it at once, replaced or not', async (t) => {
  const config = {
    event_latancy: ['p(95)<1s'],
    event_latency: ['max<2s', { threshold: 'p95<1s', abortOnFail: true }],
    'lost{phase:fault}': ['count==0'],
    reconnect_gap: [
      { threshold: 'max<1s', abortOnFail: true, delayAbortEval: 'soon' },
      { threshold: 'max<1s', abortOnFail: false, delayAbortEval: '1s' },
    ],
  };
  try {
    gatherThresholds({ ...NOTHING, config, command_line: ['reconnect_gap: max<1s', 'nothing'] }, null);
    t.fail('accepted');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    t.match(error.problems, [
      { field: /^--threshold "nothing"/ },
      { field: /^thresholds\["event_latancy"\]\[0\]/, remedy: /Did you mean "event_latency"/ },
      { field: /^thresholds\["event_latency"\]\[1\]/, found: /"p95/ },
      { field: /^thresholds\["lost\{phase:fault\}"\]\[0\]/, found: /tag "phase"/ },
      { field: /^thresholds\["reconnect_gap"\]\[0\]/, found: '"soon"', accepted: /ms, s or m/ },
      { field: /^thresholds\["reconnect_gap"\]\[1\]/, found: /without abortOnFail/ },
    ]);
    t.equal(error.problems.length, 6);
  }
});
