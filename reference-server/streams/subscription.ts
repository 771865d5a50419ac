/**
 * One reader of one stream: a cursor moving towards a client. It pulls: it reads on when its last write was taken by the
 * kernel and stops when it was not, so nothing is queued for it and replay and live are the same loop.
 * Source: design 2 "Subscription", seed 004 §4.2.
 */
import type { Block, Frame, Link, ReaderState, Seams } from '../seams.ts';
import type { Follower, Topic } from './topic.ts';
import { blockOf } from './sse-frame.ts';
import { unsentBytes } from './sse-wire.ts';

export type SubscriptionParts = Pick<Seams, 'encoder' | 'wire' | 'subscription'>;

export interface SubscriptionObserver {
  /** The reader has reached the tail for the first time. */
  caughtUp(subscription: Subscription): void;
  /** It made no progress within the stall limit and was cut. */
  stalled(subscription: Subscription): void;
  /** A reader that had been at the tail is QUEUE_WARNING_EVENTS behind; told once until it is at the tail again. */
  lagging(subscription: Subscription): void;
  /** The last word: it has ended, whatever the reason. */
  closed(subscription: Subscription): void;
}

/** S4 §5 Phase 1: falling this far behind is worth a warning; the reader loses nothing by it. */
export const QUEUE_WARNING_EVENTS = 500;

/** How long a reader may take the last bytes of a stream that is being ended. */
const CLOSE_GRACE_MS = 500;

export class Subscription implements Follower, ReaderState {
  readonly link: Link;
  readonly #parts: SubscriptionParts;
  readonly #topic: Topic;
  readonly #observer: SubscriptionObserver;
  #cursor: number;
  #leave: () => void = () => undefined;

  /** `finishing`: nothing is read any more, the message ends after what is under way. */
  #state: 'open' | 'finishing' | 'closed' = 'open';
  /** A block to send before the message ends. */
  #last_block: Block | null = null;
  #loading = false;
  #reached_tail = false;
  #warned = false;

  writing = false;
  heartbeats = 0;
  progress_ms: number;
  progress_bytes = 0;
  active_ms: number;
  #frame_bytes = 0;
  #writes = 0;
  #writes_seen = 0;
  /** Set when the stream is ended from outside: its reader has until then to take the rest. */
  #deadline_ms: number | null = null;
  #hurried = false;

  constructor(
    parts: SubscriptionParts,
    topic: Topic,
    link: Link,
    after: number,
    now_ms: number,
    observer: SubscriptionObserver,
  ) {
    this.#parts = parts;
    this.#topic = topic;
    this.link = link;
    this.#cursor = after;
    this.progress_ms = now_ms;
    this.active_ms = now_ms;
    this.#observer = observer;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get accepted_bytes(): number {
    return this.#frame_bytes - (this.writing ? unsentBytes(this.link.socket) : 0);
  }

  /** Events between the cursor and the tail; `live` tells whether the tail was ever reached. */
  get lag(): { readonly events: number; readonly live: boolean } {
    return { events: Math.max(0, this.#topic.tail - this.#cursor), live: this.#reached_tail };
  }

  start(): void {
    // A response whose turn has not come on its connection never hears that the client has left.
    this.link.socket.once('close', this.#disconnected);
    this.#leave = this.#topic.follow(this);
    if (this.link.socket.destroyed) this.#close();
    else this.#pump();
  }

  wake(): void {
    this.#pump();
  }

  gone(): void {
    this.finish(null);
  }

  /** Ends the message after what is under way; `notice` is its last block. */
  finish(notice: Block | null): void {
    this.#hurried = true;
    if (this.#state !== 'open') return;
    this.#state = 'finishing';
    this.#last_block = notice;
    if (!this.writing) this.#finishUp();
  }

  /** Ends it now: nothing more is sent, and a reader that has not taken what was sent is cut. */
  cut(): void {
    if (this.#state === 'closed') return;
    if (this.writing) this.link.socket.destroy();
    else this.#parts.wire.end(this.link);
    this.#close();
  }

  #pump(): void {
    if (this.writing || this.#loading || this.#state !== 'open') return;
    const frame = this.#topic.frameAfter(this.#cursor);
    if (frame === undefined) {
      void this.#load();
    } else if (frame !== null) {
      this.#deliver(frame);
    } else if (!this.#reached_tail) {
      this.#reached_tail = true;
      this.#observer.caughtUp(this);
    }
  }

  #deliver(frame: Frame): void {
    this.#cursor = this.#parts.subscription.advance(frame, this.#topic.tail);
    if (this.#parts.subscription.ends(frame)) this.#state = 'finishing';
    this.#send(frame);
  }

  async #load(): Promise<void> {
    this.#loading = true;
    const frame = await this.#topic.load(this.#cursor);
    this.#loading = false;
    if (frame === null || this.writing || this.#state !== 'open') return;
    if (frame.after > this.#cursor) {
      // Events were pruned before this reader came to them: it is told, then served what is there.
      this.#cursor = frame.after;
      this.#send(this.#notice(this.#parts.encoder.gap(frame.after + 1)));
    } else {
      this.#deliver(frame);
    }
  }

  #notice(text: string): Block {
    return blockOf('notice', text + this.#parts.encoder.padding());
  }

  #send(block: Block): void {
    this.writing = true;
    this.#writes += 1;
    if (block.kind === 'frame') this.#frame_bytes += block.body.length;
    this.#parts.wire.send(this.link, block, this.#sent);
  }

  /** One function for all writes of this reader: a delivery allocates nothing of ours. */
  readonly #sent = (error?: Error | null): void => {
    this.writing = false;
    if (error !== undefined && error !== null) this.#close();
    else if (this.#state === 'open') this.#pump();
    else if (this.#state === 'finishing') this.#finishUp();
  };

  #finishUp(): void {
    const block = this.#last_block;
    this.#last_block = null;
    if (block === null) {
      this.#parts.wire.end(this.link);
      this.#close();
    } else {
      this.#send(block);
    }
  }

  readonly #disconnected = (): void => {
    this.#close();
  };

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#leave();
    this.link.socket.off('close', this.#disconnected);
    this.#observer.closed(this);
  }

  /** Looked at regularly, so that a delivery needs no clock. */
  tick(now_ms: number): void {
    if (this.#state === 'closed') return;
    if (this.#writes !== this.#writes_seen) {
      this.#writes_seen = this.#writes;
      this.active_ms = now_ms;
    }
    if (this.#parts.subscription.progressed(this)) {
      this.progress_ms = now_ms;
      this.progress_bytes = this.accepted_bytes;
    } else if (this.#parts.subscription.stalled(this, now_ms)) {
      this.#observer.stalled(this);
      this.link.socket.destroy();
      this.#close();
      return;
    }
    this.#warn();
    if (this.#hurried) this.#hurry(now_ms);
    else if (!this.writing && this.#parts.subscription.heartbeatDue(this, now_ms)) this.#heartbeat();
  }

  #warn(): void {
    const { live, events } = this.lag;
    if (events === 0) this.#warned = false;
    if (!live || this.#warned || events < QUEUE_WARNING_EVENTS) return;
    this.#warned = true;
    this.#observer.lagging(this);
  }

  #hurry(now_ms: number): void {
    this.#deadline_ms ??= now_ms + CLOSE_GRACE_MS;
    if (now_ms < this.#deadline_ms) return;
    this.link.socket.destroy();
    this.#close();
  }

  #heartbeat(): void {
    this.heartbeats += 1;
    this.#send(blockOf('heartbeat', this.#parts.encoder.heartbeat(this.#cursor)));
  }
}
