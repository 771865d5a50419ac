/** What publishers and readers of a load share: the target, the recorder, the clock's bounds. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange, HttpRequest } from '../../../harness/client/exchange.ts';
import { follow, type ExchangeListeners, type LiveExchange } from '../../../harness/client/http-client.ts';
import type { Dialect } from '../../../harness/dialects/dialect.ts';
import { ANONYMOUS, signedHeaders } from '../../../harness/lab/credentials.ts';
import { Recorder } from '../../../harness/lab/recorder.ts';
import type { Account, Target } from '../../../harness/target.ts';
import { Notebook } from '../../metrics/notes.ts';
import type { LoadTarget } from './protocol.ts';

/** First pause before a reader or an append tries again; doubled each time. */
const FIRST_BACKOFF_MS = 25;
const LONGEST_BACKOFF_MS = 1_000;

export interface LoadStream {
  readonly id: string;
  readonly account: Account;
}

export function backoffMs(attempt: number): number {
  return Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 10));
}

export class Session {
  readonly target: LoadTarget;
  readonly dialect: Dialect;
  readonly recorder: Recorder;
  readonly notes = new Notebook();
  /** Aborted when everything is to be closed. */
  readonly over: AbortSignal;
  readonly #base: URL;
  readonly #signing: Pick<Target, 'headers' | 'dialect'>;

  constructor(target: LoadTarget, dialect: Dialect, over: AbortSignal) {
    this.target = target;
    this.dialect = dialect;
    this.recorder = new Recorder(dialect);
    this.over = over;
    this.#base = new URL(target.url);
    this.#signing = { headers: target.headers, dialect };
  }

  account(index: number, of: number): Account {
    const { accounts } = this.target;
    return accounts[index % Math.max(1, Math.min(of, accounts.length))] ?? ANONYMOUS;
  }

  /** One request and its whole answer, within what the target declares. `wait_ms`: what a long poll asks for on top. */
  async send(request: HttpRequest, account: Account, wait_ms = 0): Promise<Exchange> {
    const total_ms = this.target.times.request_ms + wait_ms;
    return await this.#follow(request, account, { headers_ms: null, total_ms }, {}, undefined).finished;
  }

  /** A stream: its bytes go to the listeners and are not kept. */
  stream(request: HttpRequest, account: Account, listeners: ExchangeListeners): LiveExchange {
    return this.#follow(request, account, {}, listeners, 0);
  }

  /** Waits before the `attempt`-th repetition, from 0; at once when the load is over. */
  async backoff(attempt: number): Promise<void> {
    await this.pause(backoffMs(attempt));
  }

  /** Until then, or until the load is over, or whoever else says so. */
  async pause(duration_ms: number, until?: AbortSignal): Promise<void> {
    const signal = until === undefined ? this.over : AbortSignal.any([this.over, until]);
    // An abort ends it early, which its caller sees by itself.
    await delay(Math.max(0, duration_ms), undefined, { signal }).catch(() => undefined);
  }

  #follow(
    request: HttpRequest,
    account: Account,
    timeouts: { readonly headers_ms?: null; readonly total_ms?: number },
    listeners: ExchangeListeners,
    max_kept_bytes: number | undefined,
  ): LiveExchange {
    const headers = signedHeaders(this.#signing, account, request.headers ?? []);
    return follow(
      {
        base: this.#base,
        request: { ...request, headers },
        account_id: account.account_id,
        signal: this.over,
        timeouts,
        ...(max_kept_bytes === undefined ? {} : { max_kept_bytes }),
      },
      listeners,
    );
  }
}
