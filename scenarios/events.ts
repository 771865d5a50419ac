/** What a run tells while it runs; showing it is the caller's business. */
export type ScenarioEvent =
  | { readonly kind: 'waiting'; readonly url: URL }
  | {
      readonly kind: 'announced';
      readonly scenario: string;
      readonly duration_ms: number;
      readonly streams: number;
      readonly events_per_second: number;
      readonly readers: number;
      readonly faults: number;
    }
  /** Each second; times count from the beginning of the load. */
  | {
      readonly kind: 'progress';
      readonly at_ms: number;
      readonly duration_ms: number;
      readonly acknowledged: number;
      readonly delivered: number;
      readonly queue_depth: number;
      /** Of the latest second's windows; null while nothing was received. */
      readonly p95_ms: number | null;
    }
  | { readonly kind: 'fault' | 'heal'; readonly at_ms: number; readonly fault: string; readonly target: string }
  /** A threshold that may do so ends the run before its time. */
  | { readonly kind: 'ending-early'; readonly at_ms: number; readonly reason: string }
  /** Publishing is over: readers catch up, every stream is read once more. */
  | { readonly kind: 'judging' };
