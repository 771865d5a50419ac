/** Thresholds that may end a run before its time (k6's `abortOnFail`), judged while it runs. */
import type { ThresholdResult } from '../harness/result.ts';
import { judgeThreshold, type Measured } from './metrics/report.ts';
import type { Threshold } from './thresholds.ts';

export interface EarlyEnd {
  /** Since the load began. */
  readonly at_ms: number;
  /** As it was breached; what was measured later is of a run that was already ending. */
  readonly threshold: ThresholdResult;
}

/** A rate per second is none before. */
const SHORTEST_RATE_MS = 1_000;

export interface SoFar extends Measured {
  /** Of the run. */
  readonly duration_ms: number;
}

/** The first that is breached so far; null: none. What has no samples yet is not breached. */
export function breachedSoFar(thresholds: readonly Threshold[], so_far: SoFar): EarlyEnd | null {
  const { duration_ms, publishing_ms } = so_far;
  const due = thresholds.filter(
    ({ abort, aggregation }) =>
      abort !== null &&
      duration_ms >= abort.after_ms &&
      (aggregation.kind !== 'rate' || publishing_ms >= SHORTEST_RATE_MS),
  );
  // Costs a look at every event of every reader.
  if (due.some(({ metric }) => metric === 'lost')) so_far.measures.countPassedOver();
  for (const entry of due) {
    const threshold = judgeThreshold(entry, so_far);
    if (threshold.value !== null && !threshold.ok) return { at_ms: duration_ms, threshold };
  }
  return null;
}

/** The verdict of the threshold that ended the run is the one that it ended on. */
export function withEarlyEnd(results: readonly ThresholdResult[], early: EarlyEnd | null): readonly ThresholdResult[] {
  if (early === null) return results;
  return results.map((result) => (result.expression === early.threshold.expression ? early.threshold : result));
}
