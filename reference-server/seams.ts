/**
 * The seams of the server: small interfaces, composed once. A pause point, a metric or a named defect is a wrapper around
 * one of them and touches nothing else; the healthy code knows of none. The healthy composition is `compose.ts`.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../spec/errors.ts';
import type { NewEvent, StreamEvent, SyntheticSpec } from '../spec/wire.ts';
import type { LockManager } from './locks/lock-manager.ts';
import type { AppendOutcome, Change, IdempotencyClaim, Job, Page, Store } from './stores/store.ts';

// Requests and answers

export type OperationName =
  | 'start'
  | 'list'
  | 'remove'
  | 'stream'
  | 'events'
  | 'append'
  | 'snapshot'
  | 'ticket'
  | 'preflight'
  | 'healthz'
  | 'readyz'
  | 'metrics'
  /** A path that exists asked with a method that it has not, or a path below a stream that does not exist. */
  | 'none';

/** A request as the seams see it. */
export interface RequestView {
  readonly method: string;
  /** Without the query, which may hold a ticket. */
  readonly path: string;
  readonly operation: OperationName;
  readonly job_id: string | null;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly http_version: string;
  readonly socket: Socket;
  readonly request_id: string;
}

/** An answer that is no stream. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: no body. */
  readonly body: string;
}

/** Builds the error envelope; `details` stand beside code and message. */
export type Failure = (
  code: ErrorCode,
  message: string,
  extra?: { readonly details?: Readonly<Record<string, number>>; readonly headers?: Readonly<Record<string, string>> },
) => Answer;

// Tenancy

/** Who a request speaks for. */
export interface Principal {
  readonly account_id: string;
  readonly api_key_id: string;
  /** The only stream a ticket opens; null for a key. */
  readonly ticket_job_id: string | null;
}

export interface Authenticator {
  /** Asked for every request, also on a connection that was authenticated before. null: 401. */
  authenticate(request: RequestView): Promise<Principal | null>;
}

export interface Access {
  /** The stream, when it exists for this principal. */
  find(principal: Principal, job_id: string, request: RequestView): Promise<Job | null>;
  /** The one answer for streams that do not exist for the caller, whatever the reason and the method. */
  missing(request: RequestView): Promise<Answer>;
}

export interface Tickets {
  issue(principal: Principal, job_id: string): Promise<{ readonly ticket: string; readonly expires_in_s: number }>;
  /** null: unknown, expired or revoked. */
  redeem(ticket: string): Promise<Principal | null>;
  /** It has opened its stream: from now on it lives as long as the stream needs it. */
  used(ticket: string): Promise<void>;
}

/** Ends what a revoked key has opened. */
export interface Revocations {
  /** `end` runs at most once, within `revocation_ms` of a revocation on any instance. Returns how to stop watching. */
  watch(principal: Principal, end: () => void): () => void;
  /** A hint that keys changed, and the bounded poll beneath it. */
  check(): Promise<void>;
}

export interface Limits {
  /** Takes a slot; returns its release, or null when all are taken. */
  openStream(account_id: string): (() => void) | null;
  /** The same for a request that waits for news. */
  longPoll(account_id: string): (() => void) | null;
  /** Counts the connection for the account until it closes; false when that is one too many. */
  connection(account_id: string, socket: Socket): boolean;
}

// Reading

/** Where a reader starts. */
export type Opening =
  | { readonly kind: 'follow'; readonly after: number }
  | { readonly kind: 'finished' }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'evicted'; readonly earliest: number };

export interface Cursors {
  /** null: malformed. The grammar of every number in a cursor's place. */
  parse(text: string): number | null;
  /** `cursor` null: none was given, the kept history is wanted. */
  open(job: Job, cursor: number | null): Opening;
}

/** What a follower reads beyond the hot tail. */
export interface Replay {
  read(job_id: string, after: number, limit: number): Promise<Page | null>;
}

/** Bytes for one write, ready for both framings; shared by all who read at the same cursor. */
export interface Block {
  readonly kind: 'frame' | 'notice' | 'heartbeat';
  /** With HTTP/1.1 chunked framing around `body`, whose memory it shares. */
  readonly chunked: Buffer;
  readonly body: Buffer;
}

/** Events `after` + 1 to `to`, encoded once. */
export interface Frame extends Block {
  readonly kind: 'frame';
  readonly after: number;
  readonly to: number;
  /** Its last event ends the stream. */
  readonly terminal: boolean;
}

/** Text of an event stream; bytes and framing are made elsewhere. */
export interface Encoder {
  /** One event with its closing blank line. */
  event(job_id: string, event: StreamEvent): string;
  /** A block that is no event of the stream: it carries no id. */
  gap(earliest: number): string;
  retry(retry_ms: number): string;
  /** What follows the last blank line of a write. */
  padding(): string;
  /** A comment; `cursor` is the last id this reader was sent. */
  heartbeat(cursor: number): string;
}

/** One open SSE response. */
export interface Link {
  readonly job_id: string;
  readonly principal: Principal;
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** False for HTTP/1.0: bodies go out as they are and the connection closes after them. */
  readonly chunked: boolean;
}

/** How a stream leaves: headers, writes, end. At most one `send` is under way per link. */
export interface SseWire {
  open(link: Link, headers: Readonly<Record<string, string>>): void;
  /** `done` runs once, when the kernel has taken all bytes or the connection failed. */
  send(link: Link, block: Block, done: (error?: Error | null) => void): void;
  end(link: Link): void;
}

/** What is known of a reader when its health is judged. Times are monotonic milliseconds. */
export interface ReaderState {
  /** A write is under way: the kernel has not taken all of it. */
  readonly writing: boolean;
  /** Bytes of frames the kernel has taken so far; heartbeats do not count. */
  readonly accepted_bytes: number;
  /** When the last judged progress was made, and how many bytes had been accepted then. */
  readonly progress_ms: number;
  readonly progress_bytes: number;
  /** When the last write of any kind was noticed. */
  readonly active_ms: number;
  readonly heartbeats: number;
}

/** What a subscription does at its turning points. */
export interface SubscriptionPolicy {
  /** The cursor after this frame was handed over. `tail` is the stream's newest id. */
  advance(frame: Frame, tail: number): number;
  /** True after the frame that ends the stream. */
  ends(frame: Frame): boolean;
  /** The reader made progress since `progress_ms`. */
  progressed(reader: ReaderState): boolean;
  stalled(reader: ReaderState, now_ms: number): boolean;
  heartbeatDue(reader: ReaderState, now_ms: number): boolean;
}

/** What can be told to look again. */
export interface Followers {
  /** Events this instance committed and acknowledged. */
  accept(job_id: string, events: readonly StreamEvent[]): void;
  /** Something may have changed: read on from the tail, unless it is known to be `newest` or beyond. */
  refresh(job_id: string, newest?: number): void;
  refreshAll(): void;
}

/** Who is woken by what. */
export interface Wake {
  appended(followers: Followers, job_id: string, events: readonly StreamEvent[]): void;
  removed(followers: Followers, job_id: string): void;
  /** A hint from the store; may be lost, late or doubled. */
  hinted(followers: Followers, change: Change): void;
  /** The bounded poll beneath the hints. */
  polled(followers: Followers): void;
}

/** Bodies of answers about streams. Texts, because payloads are inserted as they were stored. */
export interface Views {
  poll(page: Page, after: number): string;
  /** null: gone. */
  snapshot(job_id: string): Promise<string | null>;
  list(jobs: readonly Job[]): string;
}

// Writing

export interface Appends {
  /** The events of a request body. @throws BadInput naming the field. */
  parse(body: Buffer): readonly Omit<NewEvent, 'ts'>[];
  /** What the store remembers a request by. */
  claim(principal: Principal, key: string, body: Buffer): IdempotencyClaim;
  /** The answer to a committed append; runs before any reader is woken. */
  acknowledge(job_id: string, outcome: Extract<AppendOutcome, { ids: unknown }>): Promise<Answer>;
}

/** Who emits: the process and the lease's epoch, told in every produced payload. */
export interface Stamp {
  readonly epoch: number;
  readonly nonce: string;
}

export interface Producer {
  /** Running streams that may need an owner. */
  candidates(): Promise<readonly Job[]>;
  /** The number of the next event to produce. */
  resume(job: Job): number;
  /** The event number `seq` of the workload, its last one terminal. */
  event(spec: SyntheticSpec, seq: number, stamp: Stamp): NewEvent;
  /** The epoch an append is fenced by. */
  fence(stamp: Stamp): number | undefined;
  /** True: too long without a renewal to write on. */
  expired(since_renewal_ms: number): boolean;
}

// Running

export interface Clock {
  /** Milliseconds since the Unix epoch: what `ts` and expiries are made of. */
  now_ms(): number;
  /** Never jumps: what durations are made of. */
  monotonic_ms(): number;
}

export const DRAIN_STEPS = ['unready', 'producers', 'polls', 'streams', 'listener', 'locks', 'store'] as const;
export type DrainStep = (typeof DRAIN_STEPS)[number];

export interface Lifecycle {
  /** Whether `/readyz` answers 200. */
  ready(state: { readonly draining: boolean }): Promise<boolean>;
  /** What an SSE GET gets from a draining instance; null resets the connection, which an EventSource survives. */
  refuseStream(request: RequestView): Answer | null;
  /** In this order. */
  readonly drain_order: readonly DrainStep[];
}

export interface Seams {
  readonly store: Store;
  readonly locks: LockManager;
  readonly clock: Clock;

  readonly authenticator: Authenticator;
  readonly access: Access;
  readonly tickets: Tickets;
  readonly revocations: Revocations;
  readonly limits: Limits;

  readonly cursors: Cursors;
  readonly replay: Replay;
  readonly encoder: Encoder;
  readonly wire: SseWire;
  /** Headers of an SSE response. */
  readonly sseHead: (request: RequestView) => Readonly<Record<string, string>>;
  readonly subscription: SubscriptionPolicy;
  readonly wake: Wake;
  readonly views: Views;

  readonly appends: Appends;
  readonly producer: Producer;

  readonly lifecycle: Lifecycle;
  /** CORS headers of an answer; `preflight` for OPTIONS. */
  readonly cors: (request: RequestView, preflight: boolean) => Readonly<Record<string, string>>;
  /** The Prometheus exposition. */
  readonly exposition: () => Promise<string>;
  readonly failure: Failure;
  /** The last look at every answer that is no stream. */
  readonly outgoing: (answer: Answer, request: RequestView) => Answer;
}

/** Wraps seams; the identity is the healthy server. */
export type Compose = (healthy: Seams) => Seams;
