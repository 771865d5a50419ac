/** The load itself: streams, publishers and readers of one scenario, in the load process. */
import { DialectError } from '../../../harness/dialects/dialect.ts';
import { now } from '../../../harness/clock.ts';
import { Random } from '../../../spec/random.ts';
import { Trend } from '../../metrics/trend.ts';
import type { Workload } from '../../scenario.ts';
import { finalRead, PollReader } from './poll-reader.ts';
import type { NeverAttached } from '../../metrics/measures.ts';
import { Publisher } from './publisher.ts';
import type { LoadReader } from './reader.ts';
import type { LoadStream, Session } from './session.ts';
import { SseReader } from './sse-reader.ts';

/** From the first reader's request to the first event that is due: readers of the first event are attached by then. */
const LEAD_MS = 250;

/** The target refused what the load needs before it began. */
export class LoadRefused extends Error {
  override readonly name = 'LoadRefused';
}

export interface LoadOptions {
  readonly session: Session;
  readonly workload: Workload;
  readonly seed: number;
  readonly duration_ms: number;
}

export interface Finish {
  readonly waiting: readonly NeverAttached[];
  /** Streams whose last read did not come to its end. */
  readonly unread: number;
}

export class Load {
  readonly lag = new Trend();
  readonly #options: LoadOptions;
  readonly #random: Random;
  #streams: readonly LoadStream[] = [];
  #publishers: readonly Publisher[] = [];
  #publishing: Promise<unknown> = Promise.resolve();
  #readers: readonly LoadReader[] = [];
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#random = new Random(options.seed).fork('load');
  }

  get streams(): readonly string[] {
    return this.#streams.map(({ id }) => id);
  }

  get unsent(): number {
    return this.#publishers.reduce((sum, { unsent }) => sum + unsent, 0);
  }

  /** @throws LoadRefused when a stream cannot be started. */
  async begin(): Promise<void> {
    const { session, workload } = this.#options;
    this.#streams = await Promise.all(Array.from({ length: workload.streams }, (_, index) => this.#start(index)));
    this.#readers = [...this.#streams.flatMap((stream, index) => this.#subscribers(stream, index)), ...this.#pollers()];
    this.#reading = Promise.all(this.#readers.map((reader) => reader.run()));
    const began_ms = now() + LEAD_MS;
    const interval_ms = 1_000 / workload.events_per_second;
    this.#publishers = this.#streams.map(
      (stream, index) =>
        new Publisher({
          session,
          stream,
          workload,
          random: this.#random.fork(`stream ${String(index)}`),
          // Streams take turns, so that the rate is even.
          first_ms: began_ms + (interval_ms * index) / workload.streams,
          lag: this.lag,
        }),
    );
    this.#publishing = Promise.all(this.#publishers.map((publisher) => publisher.run()));
  }

  /** Ends the streams, waits until every reader has read to the end, as long as recovery may take, and reads them once more. */
  async finish(): Promise<Finish> {
    const { session } = this.#options;
    await Promise.all(this.#publishers.map((publisher) => publisher.end()));
    await this.#publishing;
    for (const reader of this.#readers) reader.join();
    await Promise.race([this.#reading, session.pause(session.target.times.recovery_ms)]);
    const waiting = this.#readers.flatMap((reader) => reader.waiting() ?? []);
    for (const reader of this.#readers) reader.close();
    await this.#reading;
    const whole = await Promise.all(this.#streams.map((stream) => finalRead(session, stream)));
    return { waiting, unread: whole.filter((isWhole) => !isWhole).length };
  }

  /** After the session is over. */
  async stopped(): Promise<void> {
    await Promise.all([this.#publishing, this.#reading]);
  }

  async #start(index: number): Promise<LoadStream> {
    const { session, workload } = this.#options;
    const account = session.account(index, workload.accounts);
    const exchange = await session.send(session.dialect.start({}), account);
    try {
      return { id: session.dialect.readStarted(exchange).stream, account };
    } catch (error) {
      if (!(error instanceof DialectError)) throw error;
      throw new LoadRefused(`starting stream ${String(index + 1)} as ${account.account_id}: ${error.message}`);
    }
  }

  #subscribers(stream: LoadStream, index: number): LoadReader[] {
    const { session, workload, duration_ms } = this.#options;
    const { live, late, late_between, reconnecting, reconnect_every_ms, away_ms } = workload.subscribers;
    const [from, to] = late_between;
    const random = this.#random.fork(`readers ${String(index)}`);
    const reader = (joins_after_ms: number, every_ms: number | null): SseReader =>
      new SseReader({ session, stream, joins_after_ms, leaves: every_ms === null ? null : { every_ms, away_ms } });
    const many = (count: number, make: () => SseReader): SseReader[] => Array.from({ length: count }, make);
    return [
      ...many(live, () => reader(0, null)),
      ...many(late, () => reader(duration_ms * (from + (to - from) * random.next()), null)),
      // Not all at once.
      ...many(reconnecting, () => reader(0, reconnect_every_ms * (0.75 + random.next() / 2))),
    ];
  }

  #pollers(): LoadReader[] {
    const { session, workload } = this.#options;
    const { poll, long_poll, interval_ms } = workload.pollers;
    const longMode = session.target.capabilities.includes('long-poll') ? 'long-poll' : 'poll';
    return Array.from({ length: poll + long_poll }, (_, index) => {
      const stream = this.#streams[index % this.#streams.length];
      return stream === undefined
        ? []
        : [new PollReader({ session, stream, mode: index < poll ? 'poll' : longMode, interval_ms })];
    }).flat();
  }
}
