/** What the coordinator and its load process say to each other. Structured clones, so no URLs and no functions. */
import type { HistoryRecord } from '../../../harness/history.ts';
import type { Account, DeclaredTimes, Target } from '../../../harness/target.ts';
import type { Capability } from '../../../spec/capabilities.ts';
import type { Notes } from '../../metrics/notes.ts';
import type { Workload } from '../../scenario.ts';
import type { Finish } from './load.ts';

/** The target without what only the coordinator needs. Holds keys: it goes through the channel, never into arguments. */
export interface LoadTarget {
  readonly url: string;
  /** A name of harness/dialects. */
  readonly dialect: string;
  readonly accounts: readonly Account[];
  readonly headers: Target['headers'];
  readonly capabilities: readonly Capability[];
  readonly times: DeclaredTimes;
}

export type ToWorker =
  | {
      readonly kind: 'begin';
      readonly target: LoadTarget;
      readonly workload: Workload;
      readonly seed: number;
      /** Planned; late readers join by it. Publishing goes on until `finish`. */
      readonly duration_ms: number;
    }
  /** Publish the end of each stream, wait until readers have everything, read each stream once more. */
  | { readonly kind: 'finish' }
  /** Close everything at once. */
  | { readonly kind: 'stop' };

export interface LoadHealth {
  readonly schedule_lag_p99_ms: number;
  readonly event_loop_delay_p99_ms: number;
  readonly cpu_percent: number;
  /** Events that were due while too many were under way; they were never sent. */
  readonly unsent: number;
}

export type FromWorker =
  | { readonly kind: 'started'; readonly streams: readonly string[]; readonly began_ms: number }
  | {
      readonly kind: 'batch';
      /** Nothing that is still to come is stamped earlier. */
      readonly watermark_ms: number;
      readonly notes: Notes;
      readonly records: readonly HistoryRecord[];
    }
  | ({ readonly kind: 'done'; readonly health: LoadHealth } & Finish)
  /** The load could not begin, or cannot go on. */
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };
