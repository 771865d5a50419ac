/** Publishes to one stream on an absolute schedule, whatever the target does with it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '../../../spec/random.ts';
import { now } from '../../../harness/clock.ts';
import type { AppendEvent } from '../../../harness/dialects/dialect.ts';
import { appendOutcome } from '../../../harness/lab/append-outcome.ts';
import { smallEvents } from '../../../harness/lab/events.ts';
import type { Trend } from '../../metrics/trend.ts';
import type { Workload } from '../../scenario.ts';
import { backoffMs, type LoadStream, type Session } from './session.ts';

/** Appends under way per stream: what is due beyond that is counted as unsent instead of piling up. */
const MAX_UNDER_WAY = 1_000;
/** A schedule that is behind lets the event loop have a turn after so many events, or nothing would be sent or heard. */
const EVENTS_A_TURN = 16;

export interface PublisherOptions {
  readonly session: Session;
  readonly stream: LoadStream;
  readonly workload: Workload;
  readonly random: Random;
  /** When the first event is due. */
  readonly first_ms: number;
  /** Shared by all publishers: how late events left. */
  readonly lag: Trend;
}

export class Publisher {
  unsent = 0;
  readonly #options: PublisherOptions;
  readonly #next: () => AppendEvent;
  readonly #under_way = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #keys = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const [low, high] = options.workload.payload_bytes;
    const sizes = options.random.fork('sizes');
    this.#next = smallEvents(options.random.fork('payloads'), () => sizes.int(low, high));
  }

  /** Until `end`. */
  async run(): Promise<void> {
    const { first_ms, workload, lag } = this.#options;
    const interval_ms = 1_000 / workload.events_per_second;
    for (let count = 0; ; count += 1) {
      const intended_ms = first_ms + count * interval_ms;
      const early_ms = intended_ms - now();
      if (early_ms > 0) await this.#sleep(early_ms);
      else if (count % EVENTS_A_TURN === 0) await nextTurn();
      if (this.#stopping.signal.aborted || this.#isOver()) return;
      lag.record(now() - intended_ms);
      if (this.#under_way.size >= MAX_UNDER_WAY) this.unsent += 1;
      else this.#publish(this.#next(), intended_ms);
    }
  }

  /** Stops the schedule, waits for what is under way, and ends the stream. */
  async end(): Promise<void> {
    this.#stopping.abort();
    while (this.#under_way.size > 0) await Promise.all(this.#under_way);
    await this.#append(this.#options.session.dialect.terminal, now());
  }

  #publish(event: AppendEvent, intended_ms: number): void {
    const sending = this.#append(event, intended_ms).finally(() => this.#under_way.delete(sending));
    this.#under_way.add(sending);
  }

  /** Tries again where that is safe: it was not done, or its key makes it happen once, while the target remembers it. */
  async #append(event: AppendEvent, intended_ms: number): Promise<void> {
    const { session, stream } = this.#options;
    const { dialect, recorder, notes, target } = session;
    const idempotent = target.capabilities.includes('idempotent-append');
    this.#keys += 1;
    const key = idempotent ? `${stream.id}-${String(this.#keys)}` : null;
    const { recovery_ms, idempotency_ms } = target.times;
    const first_ms = now();
    // Half, as the oracle has it: how long a request is on its way is not known.
    const remembered_until_ms = first_ms + idempotency_ms / 2;
    let isDoubtful = false;
    for (let attempt = 0; !this.#isOver(); attempt += 1) {
      const op = recorder.appending(stream.id, stream.account.account_id, [event], key, intended_ms);
      const request = dialect.append(stream.id, [event], key === null ? {} : { idempotency_key: key });
      const exchange = await session.send(request, stream.account);
      const { outcome, ids } = appendOutcome(exchange, dialect);
      recorder.appended(op, outcome, ids);
      // What the end of the load cut off says nothing of the target.
      if (this.#isOver()) return;
      isDoubtful ||= outcome === 'unknown';
      const isRefused = exchange.status >= 400 && exchange.status <= 499;
      const mayRepeat = outcome === 'fail' ? !isRefused : outcome === 'unknown' && idempotent;
      const isForgotten = isDoubtful && now() + backoffMs(attempt) > remembered_until_ms;
      if (!mayRepeat || isForgotten || now() > first_ms + recovery_ms) {
        notes.last_attempts.push(op);
        return;
      }
      await session.backoff(attempt);
    }
  }

  #isOver(): boolean {
    return this.#options.session.over.aborted;
  }

  async #sleep(duration_ms: number): Promise<void> {
    const { signal } = this.#stopping;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(settle, duration_ms);
      function settle(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        resolve();
      }
      signal.addEventListener('abort', settle);
    });
  }
}
