/**
 * Which streams are followed on this instance. Hints wake them, the bounded poll beneath makes a lost hint harmless.
 */
import type { StreamEvent } from '../../spec/wire.ts';
import type { Followers, Seams } from '../seams.ts';
import type { Job } from '../stores/store.ts';
import { Topic, type TopicOptions } from './topic.ts';

/**
 * An append that has not ended for this long is stuck, and readers do not wait with it for what others append.
 */
const HOLD_MS = 1000;

export class Topics implements Followers {
  readonly #parts: Pick<Seams, 'encoder' | 'replay' | 'clock'>;
  readonly #options: TopicOptions;
  readonly #topics = new Map<string, Topic>();
  /** Streams with appends of this instance under way, with the newest id hinted at meanwhile. */
  readonly #held = new Map<string, { holders: number; newest: number; since_ms: number }>();

  constructor(parts: Pick<Seams, 'encoder' | 'replay' | 'clock'>, options: TopicOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get size(): number {
    return this.#topics.size;
  }

  /** The topic of a stream somebody is about to follow. `job` is how the store showed it just now. */
  of(job: Job): Topic {
    const { job_id } = job;
    const present = this.#topics.get(job_id);
    if (present !== undefined) {
      if (job.last_event_id > present.tail) this.refresh(job_id, job.last_event_id);
      return present;
    }
    const topic = new Topic(this.#parts, job, this.#options, () => {
      if (this.#topics.get(job_id) === topic) this.#topics.delete(job_id);
    });
    this.#topics.set(job_id, topic);
    // What was appended since `job` was read sent its hint before anybody listened.
    topic.refresh();
    return topic;
  }

  accept(job_id: string, events: readonly StreamEvent[]): void {
    this.#topics.get(job_id)?.accept(events);
  }

  refresh(job_id: string, newest = Infinity): void {
    const topic = this.#topics.get(job_id);
    if (topic === undefined || topic.tail >= newest) return;
    const held = this.#held.get(job_id);
    if (held === undefined || this.#parts.clock.monotonic_ms() - held.since_ms >= HOLD_MS) topic.refresh();
    else held.newest = Math.max(held.newest, newest);
  }

  refreshAll(): void {
    for (const job_id of this.#topics.keys()) this.refresh(job_id);
  }

  /**
   * An append of this instance is under way: readers learn of it when it is acknowledged, not when the store hints at
   * it. Returns how to let go; hints that came meanwhile and brought more are followed then.
   */
  hold(job_id: string): () => void {
    const since_ms = this.#parts.clock.monotonic_ms();
    const held = this.#held.get(job_id) ?? { holders: 0, newest: 0, since_ms };
    held.holders += 1;
    this.#held.set(job_id, held);
    return () => {
      held.holders -= 1;
      held.since_ms = this.#parts.clock.monotonic_ms();
      if (held.holders > 0) return;
      this.#held.delete(job_id);
      if (held.newest > 0) this.refresh(job_id, held.newest);
    };
  }
}
