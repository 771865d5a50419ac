/** Follows one stream over SSE and takes it up again with its cursor whenever it is cut, or by its own will. */
import { header, type Exchange } from '../../../harness/client/exchange.ts';
import type { ExchangeHead, LiveExchange } from '../../../harness/client/http-client.ts';
import type { SseItem } from '../../../harness/client/sse-event.ts';
import { createSseParser, SseBlockTooLarge } from '../../../harness/client/sse-parser.ts';
import { now } from '../../../harness/clock.ts';
import { DialectError, type Reading } from '../../../harness/dialects/dialect.ts';
import { endedBy } from '../../../harness/lab/recorder.ts';
import type { Away } from '../../metrics/reader-state.ts';
import type { NeverAttached } from '../../metrics/measures.ts';
import type { LoadReader } from './reader.ts';
import type { LoadStream, Session } from './session.ts';

export interface SseReaderOptions {
  readonly session: Session;
  readonly stream: LoadStream;
  /** When it comes, in milliseconds from now. */
  readonly joins_after_ms: number;
  /** Leaves so long after it attached and comes back; null: stays. */
  readonly leaves: { readonly every_ms: number; readonly away_ms: number } | null;
}

type Leaving = 'cut' | 'own' | 'finished';

export class SseReader implements LoadReader {
  readonly #options: SseReaderOptions;
  readonly #lineage: string;
  #last_event_id = '';
  #live: LiveExchange | null = null;
  #wanted_ms: number | null = null;
  /** When it left of its own will, or was not there yet; null: it was cut. */
  #left_ms: number | null = 0;
  readonly #joined = new AbortController();
  #closed = false;
  /** A 204 has told it that nothing follows; it was never given the end. */
  #dismissed = false;

  constructor(options: SseReaderOptions) {
    this.#options = options;
    this.#lineage = options.session.recorder.newLineage();
  }

  async run(): Promise<void> {
    const { session, joins_after_ms, leaves } = this.#options;
    await session.pause(joins_after_ms, this.#joined.signal);
    let failures = 0;
    while (!this.#isOver()) {
      const asked_ms = now();
      this.#wanted_ms ??= asked_ms;
      const { attached, leaving } = await this.#follow(asked_ms);
      if (leaving === 'finished') return;
      if (leaving === 'own') {
        this.#left_ms = now();
        await session.pause(leaves?.away_ms ?? 0);
      } else {
        if (attached) this.#left_ms = null;
        failures = attached ? 0 : failures + 1;
        await session.backoff(failures);
      }
    }
  }

  join(): void {
    this.#joined.abort();
  }

  close(): void {
    this.#closed = true;
    this.#joined.abort();
    this.#live?.abort();
  }

  waiting(): NeverAttached | null {
    const wanted_ms = this.#wanted_ms;
    if (wanted_ms === null) return null;
    const { id } = this.#options.stream;
    return {
      lineage: this.#lineage,
      stream: id,
      wanted_ms,
      away: this.#awayUntil(wanted_ms),
      dismissed: this.#dismissed,
    };
  }

  #awayUntil(wanted_ms: number): Away | null {
    return this.#left_ms === null ? null : [this.#left_ms, wanted_ms];
  }

  #isOver(): boolean {
    return this.#closed || this.#options.session.over.aborted;
  }

  /** One stream from request to end. */
  async #follow(asked_ms: number): Promise<{ readonly attached: boolean; readonly leaving: Leaving }> {
    const { session, stream, leaves } = this.#options;
    const { dialect, recorder } = session;
    // Written by the listeners.
    const state: { subscription: string | null; leaving: Leaving } = { subscription: null, leaving: 'cut' };
    let timer: NodeJS.Timeout | undefined;
    const parser = createSseParser(
      (item) => {
        if (state.subscription === null || live.end !== null) return;
        const reading = this.#read(item);
        if (item.kind !== 'comment') this.#last_event_id = item.last_event_id;
        recorder.read(state.subscription, reading, item);
        if (reading.kind === 'event' && reading.event.terminal) state.leaving = 'finished';
      },
      { last_event_id: this.#last_event_id },
    );
    const cursor = this.#last_event_id === '' ? {} : { cursor: this.#last_event_id };
    const live = session.stream(dialect.subscribe(stream.id, cursor), stream.account, {
      onHead: (head) => {
        if (head.status === 204) {
          state.leaving = 'finished';
          this.#dismissed = true;
        }
        if (isEventStream(head)) {
          state.subscription = this.#attached(head.at_ms, asked_ms);
          if (leaves !== null) {
            timer = setTimeout(() => {
              if (state.leaving === 'cut') state.leaving = 'own';
              live.abort();
            }, leaves.every_ms);
          }
        }
      },
      onChunk: ({ bytes, at_ms }) => {
        if (state.subscription === null) return;
        try {
          parser.push(bytes, at_ms);
        } catch (error) {
          if (!(error instanceof SseBlockTooLarge)) throw error;
          live.abort('aborted', 'BLOCK_TOO_LARGE');
        }
      },
      onEnd: (exchange: Exchange) => {
        clearTimeout(timer);
        if (state.subscription === null) return;
        const by = endedBy(exchange.end, exchange.end === 'reset');
        recorder.ended(state.subscription, by, state.leaving === 'finished', exchange.ended_ms);
      },
    });
    this.#live = live;
    const { status, end, ended_ms } = await live.finished;
    // One that was refused was never asked for; one that we closed could still have been answered.
    const isHeadless = status === 0 && (end === 'timeout' || end === 'reset');
    if (isHeadless) session.notes.headless.push({ asked_ms, ended_ms });
    return { attached: state.subscription !== null, leaving: state.leaving };
  }

  #attached(at_ms: number, asked_ms: number): string {
    const { session, stream } = this.#options;
    const subscription = session.recorder.attached(
      {
        lineage: this.#lineage,
        stream: stream.id,
        account_id: stream.account.account_id,
        mode: 'sse',
        // An id that is no number is no position; the dialect says so when it reads the event.
        cursor: /^\d+$/.test(this.#last_event_id) ? Number(this.#last_event_id) : 0,
      },
      at_ms,
    );
    const wanted_ms = this.#wanted_ms ?? asked_ms;
    session.notes.attaches.push({ subscription, asked_ms, wanted_ms, away: this.#awayUntil(wanted_ms) });
    this.#wanted_ms = null;
    return subscription;
  }

  #read(item: SseItem): Reading {
    try {
      return this.#options.session.dialect.readItem(item);
    } catch (error) {
      if (!(error instanceof DialectError)) throw error;
      return { kind: 'error', message: error.message };
    }
  }
}

function isEventStream(head: ExchangeHead): boolean {
  const type = (header(head.headers, 'content-type') ?? '').split(';', 1)[0] ?? '';
  return head.status === 200 && type.trim().toLowerCase() === 'text/event-stream';
}
