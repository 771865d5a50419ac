/**
 * One followed stream on this instance: its hot tail, who follows it, and the frames they share. It exists while
 * somebody follows; the store remains the only source of truth.
 */
import type { StreamEvent } from '../../spec/wire.ts';
import type { Frame, Seams } from '../seams.ts';
import type { Job } from '../stores/store.ts';
import { HotTail } from './hot-tail.ts';
import { cutRuns, FRAME_EVENTS, frameOf } from './sse-frame.ts';

/** Somebody who waits for news of a stream. */
export interface Follower {
  /** There may be something to read. Synchronous, and cheap when there is not. */
  wake(): void;
  /** The stream was removed. */
  gone(): void;
}

export interface TopicOptions {
  /** Newest events kept, S4 §4.3. */
  readonly hot_tail_events: number;
  /** A frame was encoded, of this many bytes. */
  readonly encoded: (bytes: number) => void;
  /** The events whose followers have just been woken. */
  readonly delivered: (events: readonly StreamEvent[]) => void;
  /** A read for followers failed; it is repeated at the next refresh. */
  readonly failed: (error: unknown) => void;
}

/** A page of a refresh; more follows in the next read. */
const REFRESH_EVENTS = 500;
/** Shared frames kept per topic and kind; of one read of history at most half of that is encoded ahead. */
const FRAMES_KEPT = 16;

export class Topic {
  readonly job_id: string;
  readonly #parts: Pick<Seams, 'encoder' | 'replay'>;
  readonly #options: TopicOptions;
  readonly #hot: HotTail;
  readonly #followers = new Set<Follower>();
  /** Frames that end at the tail; they are stale once it moves. */
  #tail_frames = new Map<number, Frame>();
  /** Frames of history, for many who replay at once. */
  readonly #history_frames = new Map<number, Frame>();
  readonly #reads = new Map<number, Promise<Frame | null>>();
  #fresh: StreamEvent[] = [];
  #wake_scheduled = false;
  #refreshing = false;
  #refresh_again = false;
  #read_failed = false;
  readonly #on_empty: () => void;

  constructor(parts: Pick<Seams, 'encoder' | 'replay'>, job: Job, options: TopicOptions, on_empty: () => void) {
    this.#parts = parts;
    this.job_id = job.job_id;
    this.#options = options;
    this.#hot = new HotTail(job.last_event_id, options.hot_tail_events);
    this.#on_empty = on_empty;
  }

  get tail(): number {
    return this.#hot.tail;
  }

  /** Returns how to leave. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => {
      if (this.#followers.delete(follower) && this.#followers.size === 0) this.#on_empty();
    };
  }

  /** Events this instance has committed. They may arrive out of order: what is missing is read from the store. */
  accept(events: readonly StreamEvent[]): void {
    const before = this.#hot.tail;
    const complete = this.#hot.push(events);
    if (this.#hot.tail > before) this.#moved(events.filter((event) => event.id > before && event.id <= this.#hot.tail));
    if (!complete) this.refresh();
  }

  /** Reads on from the tail. Calls during a read cause one more. */
  refresh(): void {
    if (this.#refreshing) this.#refresh_again = true;
    else void this.#refresh();
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    try {
      do {
        this.#refresh_again = false;
        const from = this.#hot.tail;
        const page = await this.#parts.replay.read(this.job_id, from, REFRESH_EVENTS);
        if (page === null) {
          this.#removed();
          break;
        }
        const before = this.#hot.tail;
        const news = page.events.filter((event) => event.id > before);
        if (!this.#hot.push(news)) this.#hot.reset(news);
        if (news.length > 0) this.#moved(news);
        // A page ends early where events are large.
        if (from < this.#hot.tail && this.#hot.tail < page.job.last_event_id) this.#refresh_again = true;
      } while (this.#refresh_again);
      if (this.#read_failed) this.#wakeSoon();
      this.#read_failed = false;
    } catch (error) {
      this.#options.failed(error);
    } finally {
      this.#refreshing = false;
    }
  }

  #moved(news: readonly StreamEvent[]): void {
    this.#tail_frames = new Map();
    this.#fresh.push(...news);
    this.#hot.trim();
    this.#wakeSoon();
  }

  /** One pass over the followers per turn of the event loop, however many events came in it. */
  #wakeSoon(): void {
    if (this.#wake_scheduled) return;
    this.#wake_scheduled = true;
    setImmediate(() => {
      this.#wake_scheduled = false;
      const fresh = this.#fresh;
      this.#fresh = [];
      for (const follower of this.#followers) follower.wake();
      if (fresh.length > 0) this.#options.delivered(fresh);
    });
  }

  #removed(): void {
    for (const follower of [...this.#followers]) follower.gone();
  }

  /** null: at the tail. undefined: no longer hot, ask `load`. */
  frameAfter(cursor: number): Frame | null | undefined {
    if (cursor >= this.#hot.tail) return null;
    const shared = this.#tail_frames.get(cursor) ?? this.#history_frames.get(cursor);
    if (shared !== undefined) return shared;
    const [run] = cutRuns(this.#hot.after(cursor, FRAME_EVENTS) ?? []);
    return run === undefined ? undefined : this.#share(run, this.#hot.tail);
  }

  #share(run: readonly StreamEvent[], tail: number): Frame {
    const last = run.at(-1);
    const at_tail = last !== undefined && last.id >= tail;
    const frame = frameOf(this.#parts.encoder, this.job_id, run, at_tail);
    this.#options.encoded(frame.body.length);
    const shelf = at_tail ? this.#tail_frames : this.#history_frames;
    const [oldest] = shelf.keys();
    if (shelf.size >= FRAMES_KEPT && oldest !== undefined) shelf.delete(oldest);
    shelf.set(frame.after, frame);
    return frame;
  }

  /**
   * The frame after a cursor that is no longer hot, read once for all who ask at the same time. It begins beyond
   * cursor + 1 when events in between are gone. null: there is nothing, or the read failed and will be repeated.
   */
  load(cursor: number): Promise<Frame | null> {
    const under_way = this.#reads.get(cursor);
    if (under_way !== undefined) return under_way;
    const read = this.#load(cursor).finally(() => this.#reads.delete(cursor));
    this.#reads.set(cursor, read);
    return read;
  }

  async #load(cursor: number): Promise<Frame | null> {
    try {
      const page = await this.#parts.replay.read(this.job_id, cursor, FRAME_EVENTS);
      if (page === null) {
        this.#removed();
        return null;
      }
      const runs = cutRuns(page.events).slice(0, FRAMES_KEPT / 2);
      const [frame] = runs.map((run) => this.#share(run, page.job.last_event_id));
      return frame ?? null;
    } catch (error) {
      this.#read_failed = true;
      this.#options.failed(error);
      return null;
    }
  }
}
