/** Reads one stream page by page, by polling or by long polls, until its end. */
import { now } from '../../../harness/clock.ts';
import { DialectError, type PollAnswer } from '../../../harness/dialects/dialect.ts';
import { endedBy } from '../../../harness/lab/recorder.ts';
import type { ReadMode } from '../../../harness/history.ts';
import type { Exchange } from '../../../harness/client/exchange.ts';
import type { LoadReader } from './reader.ts';
import type { LoadStream, Session } from './session.ts';

/** A server whose cursor stands still must not hold the final read for ever. */
const MAX_FINAL_PAGES = 10_000;

interface PageRead {
  readonly session: Session;
  readonly stream: LoadStream;
  readonly mode: ReadMode;
  readonly lineage: string;
  readonly after: number;
  readonly wait_ms?: number;
}

/** One page, recorded as a subscription that read it and ended; null when it was not answered as a page. */
async function readPage({ session, stream, mode, lineage, after, wait_ms }: PageRead): Promise<PollAnswer | null> {
  const { dialect, recorder } = session;
  const { account_id } = stream.account;
  const options = { after: String(after), ...(wait_ms === undefined ? {} : { wait_ms: String(wait_ms) }) };
  const subscription = recorder.attached({ lineage, stream: stream.id, account_id, mode, cursor: after }, now());
  const exchange = await session.send(dialect.poll(stream.id, options), stream.account, wait_ms);
  const page = pageOf(exchange, session);
  for (const event of page?.events ?? []) recorder.delivered(subscription, event, event.id, exchange.ended_ms);
  const complete = page !== null && (mode !== 'final' || page.events.length === 0);
  recorder.ended(subscription, endedBy(exchange.end, exchange.end === 'reset'), complete, exchange.ended_ms);
  return page;
}

function pageOf(exchange: Exchange, { dialect }: Session): PollAnswer | null {
  try {
    return dialect.readPolled(exchange);
  } catch (error) {
    if (!(error instanceof DialectError)) throw error;
    return null;
  }
}

export interface PollReaderOptions {
  readonly session: Session;
  readonly stream: LoadStream;
  readonly mode: 'poll' | 'long-poll';
  /** Pause between polls; how long a long poll waits. */
  readonly interval_ms: number;
}

export class PollReader implements LoadReader {
  readonly #options: PollReaderOptions;
  readonly #lineage: string;
  #closed = false;

  constructor(options: PollReaderOptions) {
    this.#options = options;
    this.#lineage = options.session.recorder.newLineage();
  }

  async run(): Promise<void> {
    const { session, stream, mode, interval_ms } = this.#options;
    const wait = mode === 'long-poll' ? { wait_ms: interval_ms } : {};
    let after = 0;
    let failures = 0;
    while (!this.#closed && !session.over.aborted) {
      const page = await readPage({ session, stream, mode, lineage: this.#lineage, after, ...wait });
      if (page === null) {
        await session.backoff(failures);
        failures += 1;
        continue;
      }
      failures = 0;
      after = page.events.at(-1)?.id ?? after;
      if (page.events.at(-1)?.terminal === true) return;
      if (mode === 'poll') await session.pause(interval_ms);
    }
  }

  /** It reads from the beginning on. */
  join(): void {
    return;
  }

  close(): void {
    this.#closed = true;
  }

  waiting(): null {
    return null;
  }
}

/** The read that everything else is held against. Returns false when it could not be read to its end in time. */
export async function finalRead(session: Session, stream: LoadStream): Promise<boolean> {
  const lineage = session.recorder.newLineage();
  const patience_ms = now() + session.target.times.recovery_ms;
  let after = 0;
  let failures = 0;
  for (let pages = 0; pages < MAX_FINAL_PAGES && !session.over.aborted; pages += 1) {
    const page = await readPage({ session, stream, mode: 'final', lineage, after });
    if (page === null) {
      if (now() > patience_ms) return false;
      await session.backoff(failures);
      failures += 1;
      continue;
    }
    if (page.events.length === 0) return true;
    after = page.events.at(-1)?.id ?? after;
  }
  return false;
}
