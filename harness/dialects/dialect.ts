/**
 * The abstract operations every check is written against. A dialect builds requests and reads answers; it does no I/O.
 * A foreign server is one more dialect, in data or code. Readers throw `DialectError` when an answer does not have the
 * shape they know: the caller decides whether that is a failure of the target or an unmet precondition.
 */
import type { Operation } from '../../spec/capabilities.ts';
import type { SyntheticSpec } from '../../spec/wire.ts';
import type { Exchange, HeaderList, HttpRequest } from '../client/exchange.ts';
import type { SseItem } from '../client/sse-event.ts';

export class DialectError extends Error {
  override readonly name = 'DialectError';
}

/** An event as a reader sees it, whatever the mode. */
export interface SeenEvent {
  /** Position in the stream: the id as a number. */
  readonly id: number;
  readonly ts: number | null;
  readonly type: string;
  /** Canonical JSON of the payload (see harness/oracle/canonical-json.ts). */
  readonly payload: string;
  readonly terminal: boolean;
  /** Fencing epoch and process nonce, where produced events carry them. */
  readonly epoch: number | null;
  readonly nonce: string | null;
}

/** What an SSE item means. */
export type Reading =
  | { readonly kind: 'event'; readonly event: SeenEvent; readonly cursor: string }
  | { readonly kind: 'heartbeat' }
  /** `earliest`: the id of the first event that is still kept; null: it named none. */
  | { readonly kind: 'gap'; readonly earliest: number | null }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'other' };

export interface AppendEvent {
  readonly type: string;
  /** JSON text, sent as it is. */
  readonly payload_json: string;
}

export interface StartOptions {
  readonly synthetic?: SyntheticSpec;
  readonly client_id?: string;
  readonly idempotency_key?: string;
}

export interface PollAnswer {
  readonly events: readonly SeenEvent[];
  readonly next_cursor: string;
  readonly status: string;
}

export interface SnapshotAnswer {
  readonly events: readonly SeenEvent[];
  readonly last_event_id: number;
  readonly event_count: number;
  readonly status: string;
}

export interface Dialect {
  readonly name: string;
  readonly operations: ReadonlySet<Operation>;
  /** The event that ends a stream, as an append. */
  readonly terminal: AppendEvent;

  /** The headers that sign a request with an account's key. */
  sign(key: string): HeaderList;
  start(options: StartOptions): HttpRequest;
  readStarted(exchange: Exchange): { readonly stream: string };
  append(stream: string, events: readonly AppendEvent[], options?: { readonly idempotency_key?: string }): HttpRequest;
  readAppended(exchange: Exchange): { readonly ids: readonly number[] };
  /** `cursor` goes into `Last-Event-ID` unless `via` says query; it is sent as it is, so that bad ones can be tried. */
  subscribe(
    stream: string,
    options?: { readonly cursor?: string; readonly via?: 'header' | 'query'; readonly ticket?: string },
  ): HttpRequest;
  readItem(item: SseItem): Reading;
  poll(
    stream: string,
    options?: { readonly after?: string; readonly limit?: string; readonly wait_ms?: string },
  ): HttpRequest;
  readPolled(exchange: Exchange): PollAnswer;
  snapshot(stream: string): HttpRequest;
  readSnapshot(exchange: Exchange): SnapshotAnswer;
  list(): HttpRequest;
  readListed(exchange: Exchange): readonly { readonly stream: string; readonly status: string }[];
  remove(stream: string): HttpRequest;
  ticket(stream: string): HttpRequest;
  readTicket(exchange: Exchange): { readonly ticket: string };
}
