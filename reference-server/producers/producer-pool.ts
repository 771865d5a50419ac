/**
 * The synthetic streams this instance owns. Each is produced under a lease; a stream whose owner died is found by the
 * scan of any instance and goes on at the last persisted id.
 */
import type { SyntheticSpec } from '../../spec/wire.ts';
import { reasonOf, type Log } from '../log.ts';
import type { Seams, Stamp } from '../seams.ts';
import type { AppendOutcome } from '../stores/store.ts';
import type { Writer } from '../streams/writer.ts';
import { LeaseKeeper } from './lease-keeper.ts';

type PoolParts = Pick<Seams, 'store' | 'locks' | 'producer' | 'clock'>;

export interface PoolOptions {
  readonly lock_ttl_ms: number;
  /** Of this process; stands in every payload it produces. */
  readonly nonce: string;
}

/** Seeds 002/003: three chances to renew within a lease's life. */
const HEARTBEATS_PER_TTL = 3;
const SCAN_MS = { least: 50, most: 5000 } as const;
/** A workload without pauses is committed in groups, small enough that making one blocks nobody. */
const BATCH_EVENTS = 64;
const BATCH_BYTES = 256 * 1024;
/** After a failed write the stream is read again, because the write may have happened. */
const RETRY_MS = 200;

export class ProducerPool {
  readonly #parts: PoolParts;
  readonly #writer: Writer;
  readonly #options: PoolOptions;
  readonly #log: Log;
  /** Streams being claimed or produced here, with how to stop each. */
  readonly #owned = new Map<string, { stop: () => void; readonly done: Promise<void> }>();
  #scan_timer: NodeJS.Timeout | null = null;
  #scanning: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: PoolParts, writer: Writer, options: PoolOptions, log: Log) {
    this.#parts = parts;
    this.#writer = writer;
    this.#options = options;
    this.#log = log;
  }

  /** Begins to look for streams without an owner. */
  open(): void {
    const wanted_ms = this.#options.lock_ttl_ms / HEARTBEATS_PER_TTL;
    const scan_ms = Math.min(SCAN_MS.most, Math.max(SCAN_MS.least, wanted_ms));
    const next = (): void => {
      if (!this.#closed) this.#scan_timer = setTimeout(run, scan_ms);
    };
    const run = (): void => {
      this.#scanning = this.#scan().then(next);
    };
    run();
  }

  async #scan(): Promise<void> {
    try {
      for (const { job_id } of await this.#parts.producer.candidates()) this.start(job_id);
    } catch (error) {
      this.#log('warn', 'the scan for streams without an owner failed', { reason: reasonOf(error) });
    }
  }

  /** Claims the stream and produces it, unless it is somebody's already. */
  start(job_id: string): void {
    if (this.#closed || this.#owned.has(job_id)) return;
    const entry = { stop: (): void => undefined, done: Promise.resolve() };
    this.#owned.set(job_id, entry);
    entry.done = this.#own(job_id, entry)
      .catch((error: unknown) => {
        this.#log('warn', 'producing a stream failed', { job_id, reason: reasonOf(error) });
      })
      .finally(() => this.#owned.delete(job_id));
  }

  /** The stream is gone: nothing more is produced into it. */
  stop(job_id: string): void {
    this.#owned.get(job_id)?.stop();
  }

  async #own(job_id: string, entry: { stop: () => void }): Promise<void> {
    const { locks, store, clock } = this.#parts;
    const asked_ms = clock.monotonic_ms();
    const lease = await locks.acquire(job_id);
    if (lease === null) return;
    const keeper = new LeaseKeeper(this.#parts, lease, {
      asked_ms,
      heartbeat_ms: Math.max(1, this.#options.lock_ttl_ms / HEARTBEATS_PER_TTL),
      failed: (error) => {
        this.#log('warn', 'a lease could not be renewed', { job_id, reason: reasonOf(error) });
      },
    });
    entry.stop = () => {
      keeper.stop();
    };
    try {
      if (this.#closed || !keeper.holds() || !(await store.raiseEpoch(job_id, lease.epoch))) return;
      await this.#produce(job_id, keeper);
    } finally {
      await keeper.release();
    }
  }

  /** Until the stream has ended or the lease is gone. */
  async #produce(job_id: string, keeper: LeaseKeeper): Promise<void> {
    const stamp: Stamp = { epoch: keeper.lease.epoch, nonce: this.#options.nonce };
    while (keeper.holds()) {
      const job = await this.#parts.store.job(job_id);
      if (job === null || job.status !== 'running' || job.synthetic === null) return;
      try {
        if (await this.#emit(job_id, job.synthetic, this.#parts.producer.resume(job), keeper, stamp)) return;
      } catch (error) {
        this.#log('warn', 'a produced event was not stored', { job_id, reason: reasonOf(error) });
        await pause(RETRY_MS, keeper.signal);
      }
    }
  }

  /** True when there is nothing more to do for this stream. */
  async #emit(
    job_id: string,
    spec: SyntheticSpec,
    first_seq: number,
    keeper: LeaseKeeper,
    stamp: Stamp,
  ): Promise<boolean> {
    const { producer, clock } = this.#parts;
    const epoch = producer.fence(stamp);
    const options = epoch === undefined ? {} : { epoch };
    const at_most = Math.max(1, Math.min(BATCH_EVENTS, Math.floor(BATCH_BYTES / spec.payload_bytes)));
    const at_once = spec.interval_ms === 0 ? at_most : 1;
    let due_ms = clock.monotonic_ms();
    for (let seq = first_seq; seq <= spec.events; seq += at_once) {
      if (!keeper.holds()) return true;
      const count = Math.min(at_once, spec.events - seq + 1);
      const events = Array.from({ length: count }, (_, index) => producer.event(spec, seq + index, stamp));
      const outcome = await this.#writer.append(job_id, events, options, async () => undefined);
      if (!('ids' in outcome)) return this.#refused(job_id, outcome.kind);
      due_ms = Math.max(due_ms + spec.interval_ms, clock.monotonic_ms());
      await pause(due_ms - clock.monotonic_ms(), keeper.signal);
    }
    return true;
  }

  #refused(job_id: string, kind: Exclude<AppendOutcome['kind'], 'appended' | 'repeated'>): true {
    this.#log('info', 'a producer stopped', { job_id, because: kind });
    return true;
  }

  /** Stops producing and gives every lease back. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#scan_timer !== null) clearTimeout(this.#scan_timer);
    await this.#scanning;
    const owned = [...this.#owned.values()];
    for (const { stop } of owned) stop();
    await Promise.all(owned.map(({ done }) => done));
  }
}

/** Resolves after the time, or as soon as the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) {
      setImmediate(resolve);
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
