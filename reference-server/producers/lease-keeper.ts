/**
 * Keeps one lease alive, or says that it is gone. Time counts from before the store was asked: an answer that took
 * longer than the lease lives proves nothing. Source: seeds 002/003 (heartbeat at TTL/3), design 3 "Workers".
 */
import type { Clock, Producer } from '../seams.ts';
import type { Lease, LockManager } from '../locks/lock-manager.ts';

export interface LeaseParts {
  readonly locks: LockManager;
  readonly clock: Clock;
  readonly producer: Producer;
}

export class LeaseKeeper {
  readonly lease: Lease;
  /** Aborted when the lease is lost, ran out without a renewal, or is given back. */
  readonly signal: AbortSignal;
  readonly #parts: LeaseParts;
  readonly #gone = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #failed: (error: unknown) => void;
  #renewed_ms: number;
  #renewing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    parts: LeaseParts,
    lease: Lease,
    options: {
      readonly asked_ms: number;
      readonly heartbeat_ms: number;
      /** A renewal could not be tried; the next one is. */
      readonly failed: (error: unknown) => void;
    },
  ) {
    this.#parts = parts;
    this.lease = lease;
    this.signal = this.#gone.signal;
    this.#renewed_ms = options.asked_ms;
    this.#failed = options.failed;
    this.#timer = setInterval(() => {
      this.#beat();
    }, options.heartbeat_ms);
  }

  /** Asked before every write: a process that slept past its lease must not write on. */
  holds(): boolean {
    if (this.#parts.producer.expired(this.#parts.clock.monotonic_ms() - this.#renewed_ms)) this.#gone.abort();
    return !this.signal.aborted;
  }

  #beat(): void {
    if (this.holds() && !this.#busy) this.#renewing = this.#renew();
  }

  async #renew(): Promise<void> {
    this.#busy = true;
    const asked_ms = this.#parts.clock.monotonic_ms();
    try {
      if (await this.#parts.locks.renew(this.lease)) this.#renewed_ms = asked_ms;
      else this.#gone.abort();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  /** Gives it back; whoever waits for the stream can have it at once. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#gone.abort();
    await this.#renewing;
    await this.#parts.locks.release(this.lease);
  }

  /** Ends the work under the lease; its holder then releases. */
  stop(): void {
    this.#gone.abort();
  }
}
