/**
 * The one way events enter a stream: persist, acknowledge, then wake readers, in this order.
 * Source: seed 004 §4.3 "persist events before fan-out".
 */
import type { NewEvent, StreamEvent } from '../../spec/wire.ts';
import type { Seams } from '../seams.ts';
import type { AppendOptions, AppendOutcome } from '../stores/store.ts';
import type { Topics } from './topics.ts';

export type Committed = Extract<AppendOutcome, { ids: unknown }>;

export interface WriterObserver {
  persisted(duration_ms: number): void;
  failed(error: unknown): void;
}

export class Writer {
  readonly #parts: Pick<Seams, 'store' | 'wake' | 'clock'>;
  readonly #topics: Topics;
  readonly #observer: WriterObserver;

  constructor(parts: Pick<Seams, 'store' | 'wake' | 'clock'>, topics: Topics, observer: WriterObserver) {
    this.#parts = parts;
    this.#topics = topics;
    this.#observer = observer;
  }

  /**
   * `acknowledge` runs after the commit and before any reader of this instance hears of it.
   * Rejects when the store failed: StoreUnavailable has stored nothing that anybody will see.
   */
  async append(
    job_id: string,
    events: readonly NewEvent[],
    options: AppendOptions,
    acknowledge: (committed: Committed) => Promise<void>,
  ): Promise<AppendOutcome> {
    const release = this.#topics.hold(job_id);
    try {
      const outcome = await this.#persist(job_id, events, options);
      if ('ids' in outcome) {
        await acknowledge(outcome);
        if (outcome.kind === 'appended') this.#parts.wake.appended(this.#topics, job_id, stored(events, outcome));
      }
      return outcome;
    } finally {
      release();
    }
  }

  async #persist(job_id: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendOutcome> {
    const started_ms = this.#parts.clock.monotonic_ms();
    try {
      const outcome = await this.#parts.store.append(job_id, events, options);
      this.#observer.persisted(this.#parts.clock.monotonic_ms() - started_ms);
      return outcome;
    } catch (error) {
      this.#observer.failed(error);
      throw error;
    }
  }
}

function stored(events: readonly NewEvent[], { ids }: Committed): readonly StreamEvent[] {
  return events.map((event, index) => ({ ...event, id: ids[index] ?? Number.NaN }));
}
