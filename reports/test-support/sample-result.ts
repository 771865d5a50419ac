/** Whole results to render: what each report must cope with, from a quiet green run to a hostile server. */
import { RESULT_SCHEMA, type CheckResult, type RunResult } from '../../harness/result.ts';
import { countOutcomes } from '../analysis.ts';
import { DOUBLED, passingChecks, resumeTranscript, resumeWaterfall, withCheck } from './sample-checks.ts';
import { SAMPLE_FAULTS, SAMPLE_LOAD, SAMPLE_METRICS, SAMPLE_THRESHOLDS } from './sample-load.ts';
import { LOST, oracleChecks } from './sample-oracle.ts';
import { SAMPLE_ROWS } from './sample-rows.ts';

/** As the runner counts: what no check judges and what the target does not declare is no demand. */
const MUST = SAMPLE_ROWS.filter(
  (row) => row.level === 'MUST' && row.excluded === undefined && row.capability === undefined,
).length;

const EMPTY: RunResult = {
  schema: RESULT_SCHEMA,
  manifest: {
    run_id: '20260301-101500-42',
    started_at: '2026-03-01T10:15:00.000Z',
    command: 'streamproof conform --self --store sqlite',
    seed: 42,
    streamproof_version: '0.1.0',
    node_version: 'v20.20.2',
    platform: 'linux x64',
    cpus: 2,
    target: {
      name: 'reference',
      url: 'http://127.0.0.1:43117/',
      dialect: 'jobs',
      instances: 3,
      capabilities: ['accounts', 'durable', 'shared-store', 'leases', 'drain'],
    },
    config: {
      target: { url: 'http://127.0.0.1:43117/', dialect: 'jobs' },
      accounts: [{ account_id: 'a', key: '[redacted]' }],
    },
    plan: [{ kind: 'kill', target: 'instance 2', after: { acks: 137, stream: 3 } }],
  },
  duration_ms: 11_840,
  summary: { pass: 0, fail: 0, inconclusive: 0, not_observed: 0, not_applicable: 0 },
  coverage: { observed_must: 0, total_must: MUST },
  headline: 'No check was selected, so nothing was observed.',
  checks: [],
  metrics: {},
  thresholds: [],
  faults: [],
  load: null,
  exit_code: 3,
  exit_reasons: ['nothing-observed: no check was selected'],
  beside: null,
};

function withChecks(checks: readonly CheckResult[]): Pick<RunResult, 'checks' | 'summary' | 'coverage'> {
  const counts = countOutcomes(checks);
  const observed = checks.filter((check) => check.level === 'MUST' && /^(pass|fail)$/.test(check.outcome));
  return {
    checks,
    summary: {
      pass: counts.pass,
      fail: counts.fail,
      inconclusive: counts.inconclusive,
      not_observed: counts['not-observed'],
      not_applicable: counts['not-applicable'],
    },
    coverage: { observed_must: observed.length, total_must: MUST },
  };
}

const GREEN = { exit_code: 0, exit_reasons: [] } as const;
const LOAD = { load: SAMPLE_LOAD, thresholds: SAMPLE_THRESHOLDS, metrics: SAMPLE_METRICS, faults: SAMPLE_FAULTS };

export function emptyRun(): RunResult {
  return EMPTY;
}

export function passingRun(): RunResult {
  const absent = {
    outcome: 'not-observed',
    reason: 'no-hook',
    transcript: [],
    observed: 'hooks.pause is not configured',
  } as const;
  let checks = withCheck(passingChecks(), 'DUR-06', absent);
  checks = withCheck(checks, 'DUR-09', absent);
  checks = withCheck(checks, 'LIM-10', {
    outcome: 'not-applicable',
    reason: 'no-capability',
    observed: 'the target does not declare "limits"',
    transcript: [],
  });
  return {
    ...EMPTY,
    ...GREEN,
    ...withChecks(checks),
    headline: 'Every requirement observed holds: 64 checks against 3 instances in 11.8 s.',
  };
}

export function failingRun(): RunResult {
  let checks = withCheck(passingRun().checks, 'RPL-04', DOUBLED);
  checks = withCheck(checks, 'RPL-16', { ...DOUBLED, waterfall: resumeWaterfall(4, 5), reference_transcript: null });
  checks = withCheck(checks, 'ISO-01', {
    outcome: 'fail',
    reason: 'existence-leaked',
    expected: 'the 404 of a stream that never was, byte for byte',
    observed: '403 {"error":{"code":"forbidden","message":"not your job"}}',
    evidence: { status: 403, method: 'GET' },
  });
  checks = withCheck(checks, 'OPS-06', {
    outcome: 'fail',
    reason: 'histogram-missing',
    expected: 'a histogram',
    observed: 'a gauge',
  });
  checks = withCheck(checks, 'LIM-08', {
    outcome: 'fail',
    reason: 'retry-after-missing',
    expected: 'Retry-After on 503',
    observed: 'none',
    expected_failure: 'mended in the next release',
  });
  checks = withCheck(checks, 'FLU-04', {
    outcome: 'inconclusive',
    reason: 'setup-start',
    observed: 'POST /api/jobs answered 500',
    transcript: resumeTranscript(null).slice(0, 3),
  });
  checks = withCheck(checks, 'DUR-07', { repeats: { passed: 19, total: 20 } });
  return {
    ...EMPTY,
    ...withChecks(checks),
    headline:
      'FAILED (1): live events arrive twice after a resume (RPL-04, RPL-16), and another account’s job answers 403 (ISO-01).',
    exit_code: 1,
    exit_reasons: ['requirement-failed: RPL-04, RPL-16, ISO-01', 'inconclusive: FLU-04'],
  };
}

export function loadRun(): RunResult {
  return {
    ...EMPTY,
    ...GREEN,
    ...LOAD,
    ...withChecks(oracleChecks(SAMPLE_LOAD.duration_ms)),
    manifest: { ...EMPTY.manifest, command: 'streamproof load restart-mid-run --self' },
    duration_ms: SAMPLE_LOAD.duration_ms,
    headline:
      'Nothing lost, nothing doubled in 48,210 deliveries while three instances were killed or restarted; p95 event latency 96 ms.',
  };
}

/** The oracle saw a loss: exit 1. */
export function lossyRun(): RunResult {
  const base = loadRun();
  return {
    ...base,
    ...withChecks(withCheck(base.checks, 'DUR-01', LOST)),
    headline: 'FAILED (1): oracle-nothing-lost failed: lost (event 311 of job-4); 3 lost in 48,210 deliveries',
    exit_code: 1,
    exit_reasons: ['oracle-nothing-lost failed: lost (event 311 of job-4)'],
  };
}

/** Over budget: exit 99. */
export function breachedRun(): RunResult {
  const base = loadRun();
  return {
    ...base,
    headline:
      'FAILED (99): p95 event latency 1.83 s > 1 s while instance 2 restarted; nothing lost in 48,210 deliveries',
    thresholds: base.thresholds.map((threshold) =>
      threshold.expression.includes('phase:fault') ? { ...threshold, value: 1_830, ok: false } : threshold,
    ),
    exit_code: 99,
    exit_reasons: ['budget-breached: event_latency{phase:fault}: p(95)<1s'],
  };
}

export function interruptedRun(): RunResult {
  const base = loadRun();
  return {
    ...base,
    ...withChecks(oracleChecks(9_100)),
    headline: 'INTERRUPTED (130): stopped by SIGINT after 9.1 s of load; what was observed until then holds.',
    duration_ms: 9_100,
    thresholds: base.thresholds.map((threshold, index) =>
      index === 2 ? { ...threshold, value: null, ok: false } : threshold,
    ),
    load: { ...SAMPLE_LOAD, duration_ms: 9_100, series: SAMPLE_LOAD.series.slice(0, 36), heal_to_slo_ms: [null] },
    faults: [
      ...SAMPLE_FAULTS.slice(0, 1).map((fault) => ({ ...fault, healed_ms: null })),
      {
        kind: 'pause',
        target: 'instance 1',
        at_ms: 8_800,
        healed_ms: null,
        bit: false,
        evidence: 'no request reached the instance while it was paused',
      },
    ],
    exit_code: 130,
    exit_reasons: ['interrupted: SIGINT'],
  };
}

/** What the demo writes: conformance and load in one, and a server with one known bug beside it. */
export function demoRun(): RunResult {
  const passing = passingRun();
  const checks = [...passing.checks, ...oracleChecks(SAMPLE_LOAD.duration_ms)];
  const beside: RunResult = {
    ...passing,
    ...withChecks(withCheck(passing.checks, 'RPL-04', DOUBLED)),
    headline: 'FAILED (1): an event committed during a replay is sent twice (RPL-04).',
    exit_code: 1,
    exit_reasons: ['requirement-failed: RPL-04'],
  };
  return {
    ...passing,
    ...LOAD,
    // How many requirements were observed is counted without the load, as the demo does it.
    ...withChecks(checks),
    coverage: passing.coverage,
    manifest: { ...EMPTY.manifest, command: 'streamproof demo' },
    duration_ms: 41_900,
    headline:
      'All 64 requirements observed hold, and nothing was lost in 48,210 deliveries while instances were killed.',
    beside: { title: 'replay and live overlap by one event (dunglas/mercure#178)', result: beside },
  };
}

/** Marks that the page must never interpret; a report that does runs, breaks or opens something. */
export const HOSTILE =
  '</script><img src=x onerror="window.pwned=1"><!--]]>\u0000\u001b[31m\u0007\r\n::error::pwned\n%0A##[error] `code` ```|pipe| [a](javascript:alert(1)) @someone http://x.invalid \u202Egnp\ud800 \ud83d\ude00 # not ok 1 - forged\n';

function hostileTranscript(): CheckResult['transcript'] {
  return resumeTranscript(4).map((line) => ({ ...line, text: HOSTILE }));
}

export function hostileRun(): RunResult {
  const base = failingRun();
  const checks = base.checks.map((check, index) =>
    check.outcome === 'pass' && index > 4
      ? check
      : {
          ...check,
          reason: check.reason === null ? null : `${check.reason}-${HOSTILE}`,
          expected: HOSTILE,
          observed: HOSTILE,
          evidence: { [HOSTILE]: HOSTILE },
          transcript: hostileTranscript(),
          reference_transcript: hostileTranscript(),
          waterfall: [{ lane: HOSTILE, id: 1, at_ms: Number.MAX_SAFE_INTEGER, mark: 'foreign' as const }],
          curl: HOSTILE,
          replay: HOSTILE,
        },
  );
  return {
    ...base,
    ...LOAD,
    checks,
    headline: `FAILED (1): ${HOSTILE}`,
    manifest: {
      ...base.manifest,
      command: HOSTILE,
      target: { ...base.manifest.target, name: HOSTILE, url: `http://127.0.0.1/${HOSTILE}` },
      config: { [HOSTILE]: HOSTILE },
    },
    faults: SAMPLE_FAULTS.map((fault) => ({ ...fault, kind: HOSTILE, target: HOSTILE, evidence: HOSTILE })),
    thresholds: SAMPLE_THRESHOLDS.map((threshold) => ({ ...threshold, expression: `${HOSTILE}<1` })),
    metrics: { [HOSTILE]: { kind: 'counter', value: 1, percentiles: null, tagged: { [HOSTILE]: 1 } } },
    load: {
      ...SAMPLE_LOAD,
      scenario: HOSTILE,
      clock: HOSTILE,
      phases: { [HOSTILE]: { count: 1, censored: 0, min_ms: 1, p50_ms: 1, p95_ms: 1, p99_ms: 1, max_ms: 1 } },
    },
    exit_reasons: [HOSTILE],
    beside: { title: HOSTILE, result: { ...base, headline: HOSTILE } },
  };
}

export const SAMPLES: Readonly<Record<string, () => RunResult>> = {
  empty: emptyRun,
  passing: passingRun,
  failing: failingRun,
  load: loadRun,
  lossy: lossyRun,
  breached: breachedRun,
  interrupted: interruptedRun,
  demo: demoRun,
  hostile: hostileRun,
};
