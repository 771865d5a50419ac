/** One run of checks on a target that is ours: what the matrix, the vacuity tests and the demo share. */
import { CHECKS } from '../conformance/index.ts';
import type { RunResult } from '../harness/result.ts';
import { buildManifest } from '../harness/runner/manifest.ts';
import { runChecks, type RunEvent, type RunOptions } from '../harness/runner/runner.ts';
import type { Selection } from '../harness/runner/selection.ts';
import type { Target } from '../harness/target.ts';
import { ROWS } from '../spec/rows/index.ts';

export interface JudgeOptions {
  readonly target: Target;
  readonly selection?: Selection;
  readonly seed: number;
  /** How to run the same again, before `--only`. */
  readonly command: string;
  readonly signal: AbortSignal;
  /** How long the target may take to answer at all. */
  readonly wait_ms?: number;
  readonly transcripts?: 'failures' | 'all';
  readonly onEvent?: (event: RunEvent) => void;
  readonly onHistory?: RunOptions['onHistory'];
}

const EVERYTHING: Selection = { only: [], skip: [] };
const WAIT_MS = 10_000;

export function judgeTarget(options: JudgeOptions): Promise<RunResult> {
  const { target, seed, command, signal } = options;
  return runChecks({
    target,
    rows: ROWS,
    checks: CHECKS,
    selection: options.selection ?? EVERYTHING,
    permission: { remote_faults: false },
    seed,
    repeat: 1,
    bail: false,
    strict: true,
    require: [],
    expected_failures: new Map(),
    wait_ms: options.wait_ms ?? WAIT_MS,
    signal,
    transcripts: options.transcripts ?? 'failures',
    replay: (check) => `${command} --only ${check} --seed ${seed}`,
    manifest: buildManifest({ target, seed, command, config: null, plan: null }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    ...(options.onHistory === undefined ? {} : { onHistory: options.onHistory }),
  });
}
