/**
 * What a check works with: the target through recording clients, with the harness's clock, seed and bounds.
 * Everything a lab opens is closed when its check ends, whatever happened.
 */
import type { Random } from '../spec/random.ts';
import type { ViolationDetails } from './check.ts';
import type { Connection } from './client/connection.ts';
import type { Exchange, HttpRequest } from './client/exchange.ts';
import type { SseItem } from './client/sse-event.ts';
import type { AppendEvent, PollAnswer, Reading, SeenEvent, SnapshotAnswer, StartOptions } from './dialects/dialect.ts';
import type { HistoryRecord } from './history.ts';
import type { Account, Hooks, HookName, Target } from './target.ts';

/** Where and as whom a request goes. */
export interface Route {
  /** null: no credentials. Default: the first account. */
  readonly account?: Account | null;
  /** Default: the ingress. A URL goes through a proxy of the check's. */
  readonly via?: 'ingress' | number | URL;
  /** Give up after this; default: the lab's request timeout. */
  readonly timeout_ms?: number;
  /** The Host to ask for, where `via` is a proxy: servers behind a name know themselves by it. Default: of `via`. */
  readonly host?: string;
  /** Keep-alive socket to use; default: one of its own, closed after. */
  readonly connection?: Connection;
}

export type { Connection };

export interface StartResult {
  readonly exchange: Exchange;
  /** Null unless the answer was 2xx. */
  readonly stream: StreamHandle | null;
}

export interface AppendResult {
  readonly exchange: Exchange;
  readonly outcome: 'ok' | 'fail' | 'unknown';
  readonly ids: readonly number[];
}

export interface SubscribeOptions extends Route {
  /** Sent as it is. Absent: no cursor. */
  readonly cursor?: string;
  readonly cursor_via?: 'header' | 'query';
  readonly ticket?: string;
  /** Reconnects of one logical client share it; default: a new one. */
  readonly lineage?: string;
  readonly headers?: HttpRequest['headers'];
}

/** One SSE response being followed. Everything it receives is kept until the check ends. */
export interface Subscription extends AsyncDisposable {
  readonly lineage: string;
  /** Its exchange's number, for `ViolationDetails.exchanges`. */
  readonly number: number;
  /** Resolves when the headers are here (status 0 when there was no answer). */
  readonly opened: Promise<{ readonly status: number; readonly headers: Exchange['headers']; readonly at_ms: number }>;
  /** All items so far, comments included. */
  readonly items: readonly SseItem[];
  readonly readings: readonly Reading[];
  /** The stream's: those that have an id. */
  readonly events: readonly SeenEvent[];
  /** What an EventSource would send on reconnect; empty before the first id. */
  readonly last_event_id: string;
  /** Receive time of each of `events`, same index. */
  readonly received_ms: readonly number[];
  /** Non-null once it has ended. */
  readonly end: Exchange['end'] | null;
  /** Body bytes received so far. */
  readonly bytes_received: number;
  /** Waits until the predicate holds (looked at after every item and at the end); false when the bound passed first. */
  until(predicate: (subscription: Subscription) => boolean, within_ms: number): Promise<boolean>;
  /** Resolves with the finished exchange; aborts it when it has not ended within the bound. */
  finished(within_ms: number): Promise<Exchange>;
  /** Stops / resumes reading from the socket: a stalled reader. */
  stall(): void;
  resume(): void;
  close(): Promise<Exchange>;
}

/** A stream the check started; removed when the check ends. */
export interface StreamHandle {
  readonly id: string;
  readonly account: Account;
}

export interface Lab {
  readonly target: Target;
  readonly random: Random;
  /** Aborted on Ctrl-C or when the check's own time is up. */
  readonly signal: AbortSignal;
  /** Every record of this check so far. */
  readonly history: readonly HistoryRecord[];

  account(index?: number): Account;
  /** A hook that `needs.hooks` promised. */
  hook<Name extends HookName>(name: Name): Hooks[Name];

  /** One recorded exchange, answered or not; never throws for what the target does. */
  http(request: HttpRequest, route?: Route): Promise<Exchange>;
  connection(via?: Route['via']): Connection;

  /** Starts a stream; `Unmet('setup-start')` when the target does not. */
  start(options?: StartOptions, route?: Route): Promise<StreamHandle>;
  /** The same without `Unmet` where it is refused. */
  tryStart(options?: StartOptions, route?: Route): Promise<StartResult>;
  /** Appends and records it; never throws for what the target does. */
  tryAppend(
    stream: StreamHandle,
    events: readonly AppendEvent[],
    options?: { readonly idempotency_key?: string },
    route?: Route,
  ): Promise<AppendResult>;
  /** Appends; `Unmet('setup-append')` unless acknowledged. Returns the ids. */
  append(stream: StreamHandle, events: readonly AppendEvent[], route?: Route): Promise<readonly number[]>;
  /** `count` small distinct events from the seed. */
  events(count: number, payload_bytes?: number): readonly AppendEvent[];
  subscribe(stream: StreamHandle | string, options?: SubscribeOptions): Subscription;
  /** `Unmet('setup-poll')` unless it answers 200 in the dialect's shape. */
  poll(
    stream: StreamHandle | string,
    options?: { readonly after?: string; readonly limit?: string; readonly wait_ms?: string },
    route?: Route & { readonly lineage?: string },
  ): Promise<PollAnswer & { readonly exchange: Exchange }>;
  /**
   * Reads the whole stream page by page, as the read that everything else is held against (oracle, invariant 11): after
   * healing. `Unmet('setup-poll')` when a page is refused.
   */
  finalRead(stream: StreamHandle, route?: Route): Promise<readonly SeenEvent[]>;
  snapshot(stream: StreamHandle | string, route?: Route): Promise<SnapshotAnswer & { readonly exchange: Exchange }>;

  /** States a fact about the target: counts as an observation, throws `Violation` when it does not hold. */
  expect(holds: boolean, details: ViolationDetails | (() => ViolationDetails)): asserts holds;
  /** A precondition of the check: throws `Unmet` when it does not hold. */
  given(holds: boolean, reason: string, message: string): asserts holds;
  /** Adds to the history what only the check can know (revocations, probes, samples, faults). */
  record(record: HistoryRecord): void;
  /** A fault was injected; pass the wire evidence that it bit, or null when none was seen (then: inconclusive). */
  fault(kind: string, target: string, at_ms: number, healed_ms: number | null, evidence: string | null): void;
  /** Runs the oracle over this check's history; throws `Violation` with the smallest witness. */
  judge(): void;
  note(text: string): void;
  /** Runs at the end of the check, last in first out. */
  defer(cleanup: () => Promise<void> | void): void;
}
