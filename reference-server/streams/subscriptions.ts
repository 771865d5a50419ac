/** All readers of this instance: one timer for their heartbeats and stalls, one place to end them. */
import type { Clock } from '../seams.ts';
import { blockOf } from './sse-frame.ts';
import type { Subscription } from './subscription.ts';

export class Subscriptions {
  readonly #open = new Set<Subscription>();
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  #when_empty: (() => void)[] = [];

  constructor(clock: Clock, tick_ms: number) {
    this.#clock = clock;
    this.#timer = setInterval(() => {
      this.#tick();
    }, tick_ms);
    this.#timer.unref();
  }

  get size(): number {
    return this.#open.size;
  }

  get queued_bytes(): number {
    let bytes = 0;
    for (const { link } of this.#open) bytes += link.socket.writableLength;
    return bytes;
  }

  add(subscription: Subscription): void {
    this.#open.add(subscription);
  }

  delete(subscription: Subscription): void {
    if (!this.#open.delete(subscription) || this.#open.size > 0) return;
    for (const resolve of this.#when_empty.splice(0)) resolve();
  }

  /** The furthest any reader is behind: those that have been at the tail, and those that still replay. */
  depths(): { readonly live: number; readonly replaying: number } {
    let live = 0;
    let replaying = 0;
    for (const { lag } of this.#open) {
      if (lag.live) live = Math.max(live, lag.events);
      else replaying = Math.max(replaying, lag.events);
    }
    return { live, replaying };
  }

  #tick(): void {
    const now_ms = this.#clock.monotonic_ms();
    for (const subscription of this.#open) subscription.tick(now_ms);
  }

  /** Ends every stream with `notice` as its last block; resolves when all have ended. */
  async finishAll(notice: string): Promise<void> {
    const block = notice === '' ? null : blockOf('notice', notice);
    for (const subscription of [...this.#open]) subscription.finish(block);
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#when_empty.push(resolve));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const subscription of [...this.#open]) subscription.cut();
  }
}
