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

/** The first that is breached so far; null: none. What has no samples yet is not breached. */
export function breachedSoFar(thresholds: readonly Threshold[], so_far: Measured): EarlyEnd | null {
  const due = thresholds.filter(({ abort }) => abort !== null && so_far.duration_ms >= abort.after_ms);
  // Costs a look at every event of every reader.
  if (due.some(({ metric }) => metric === 'lost')) so_far.measures.countPassedOver();
  for (const entry of due) {
    const threshold = judgeThreshold(entry, so_far);
    if (threshold.value !== null && !threshold.ok) return { at_ms: so_far.duration_ms, threshold };
  }
  return null;
}

/** The verdict of the threshold that ended the run is the one that it ended on. */
export function withEarlyEnd(results: readonly ThresholdResult[], early: EarlyEnd | null): readonly ThresholdResult[] {
  if (early === null) return results;
  return results.map((result) => (result.expression === early.threshold.expression ? early.threshold : result));
}
