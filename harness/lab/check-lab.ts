/** The Lab of one check: recording clients, counted costs, and a cleanup that always runs. */
import type { Random } from '../../spec/random.ts';
import { Unmet, Violation, type Costs, type ViolationDetails } from '../check.ts';
import { openConnection, type Connection } from '../client/connection.ts';
import type { Exchange, HttpRequest } from '../client/exchange.ts';
import { follow } from '../client/http-client.ts';
import { subscribe } from '../client/subscription.ts';
import { now } from '../clock.ts';
import { guarded } from '../config/hooks.ts';
import { DialectError, type AppendEvent, type SeenEvent, type StartOptions } from '../dialects/dialect.ts';
import type { HistoryRecord } from '../history.ts';
import type { AppendResult, Lab, Route, StartResult, StreamHandle, SubscribeOptions, Subscription } from '../lab.ts';
import type { FaultResult } from '../result.ts';
import type { Account, HookName, Hooks, Target } from '../target.ts';
import { REQUEST_TIMEOUT_MS } from '../timeouts.ts';
import { hostHeader, isCursor, statusText, streamId, ticketHolder, withOwner } from './addressing.ts';
import { Allowance, type StreamQuota } from './allowance.ts';
import { appendOutcome } from './append-outcome.ts';
import { Cleanup } from './cleanup.ts';
import { ANONYMOUS, signedHeaders } from './credentials.ts';
import { disturbanceOf, Disturbances } from './disturbances.ts';
import { smallEvents } from './events.ts';
import { judgeHistory } from './judge-history.ts';
import { endedBy, Recorder, type Reader } from './recorder.ts';
import type { RateGate } from './rate-gate.ts';
import { TurnedAway } from './turned-away.ts';

export interface LabOptions {
  readonly target: Target;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly costs: Costs;
  /** As `Check.judges_429`. */
  readonly judges_429: boolean;
  /** Shared by all labs of a run. */
  readonly quota: StreamQuota;
  readonly gate: RateGate;
}

type PollOptions = Parameters<Lab['poll']>[1];

/** A poll or snapshot that was answered. */
interface Page {
  readonly mode: Reader['mode'];
  readonly stream: string;
  readonly after?: string | undefined;
  readonly lineage?: string | undefined;
  /** It had all there was to read; default true. */
  readonly complete?: boolean;
}

/** A final read takes as many pages as it needs; a server whose cursor stands still must not hold it for ever. */
const MAX_FINAL_PAGES = 10_000;

export class CheckLab implements Lab {
  readonly target: Target;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** When the check began; times of transcripts and faults count from here. */
  readonly began_ms = now();
  /** Finished exchanges by number, and what was noted. */
  readonly exchanges: Exchange[] = [];
  readonly notes: { readonly at_ms: number; readonly text: string }[] = [];
  readonly faults: FaultResult[] = [];
  /** Facts stated about the target; a check with none has observed nothing. */
  observations = 0;
  /** The first fact that did not hold, also where nobody awaited who stated it. */
  violation: Violation | null = null;

  readonly #options: LabOptions;
  readonly #allowance: Allowance;
  readonly #recorder: Recorder;
  readonly #cleanup = new Cleanup();
  readonly #disturbances = new Disturbances();
  readonly #events: () => AppendEvent;
  readonly #turned_away = new TurnedAway();
  #payload_bytes = 0;
  #exchange_number = 0;

  constructor(options: LabOptions) {
    this.#options = options;
    this.target = options.target;
    this.random = options.random;
    this.signal = options.signal;
    this.#allowance = new Allowance(options.costs, options.quota);
    this.#recorder = new Recorder(options.target.dialect);
    this.#events = smallEvents(options.random.fork('lab.events'), () => this.#payload_bytes);
  }

  get history(): readonly HistoryRecord[] {
    return this.#recorder.records;
  }

  account(index = 0): Account {
    const account = this.target.accounts[index];
    if (account !== undefined) return account;
    this.given(index === 0, 'no-account', `the config has no account number ${String(index + 1)}`);
    return ANONYMOUS;
  }

  hook<Name extends HookName>(name: Name): Hooks[Name] {
    const hook = this.target.hooks[name];
    this.given(hook !== undefined, 'no-hook', `the target has no hook "${name}"`);
    const disturbance = disturbanceOf(name);
    return guarded(name, hook, (instance) => {
      if (disturbance === 'fault') this.#allowance.takeDisruption();
      if (disturbance !== null) this.#disturbances.note(disturbance, Number(instance));
    });
  }

  async http(request: HttpRequest, route: Route = {}): Promise<Exchange> {
    this.signal.throwIfAborted();
    await this.#options.gate.wait(this.signal);
    const release = this.#allowance.takeConnection();
    try {
      const options = this.#sendOptions(request, route);
      const total_ms = route.timeout_ms ?? this.target.times.request_ms;
      const exchange = await follow({ ...options, timeouts: { headers_ms: null, total_ms } }).finished;
      this.exchanges.push(exchange);
      this.#turned_away.note(exchange);
      return exchange;
    } finally {
      release();
    }
  }

  connection(via: Route['via'] = 'ingress'): Connection {
    const connection = openConnection(this.#base(via));
    this.defer(() => {
      connection.close();
    });
    return connection;
  }

  async start(options: StartOptions = {}, route: Route = {}): Promise<StreamHandle> {
    this.#allowance.takeStream();
    return this.#started(await this.http(this.target.dialect.start(options), route), route);
  }

  async tryStart(options: StartOptions = {}, route: Route = {}): Promise<StartResult> {
    this.#allowance.takeStream();
    const exchange = await this.http(this.target.dialect.start(options), route);
    const { status } = exchange;
    return { exchange, stream: status >= 200 && status <= 299 ? this.#started(exchange, route) : null };
  }

  #started(exchange: Exchange, route: Route): StreamHandle {
    const { stream } = this.#readOr('setup-start', () => this.target.dialect.readStarted(exchange));
    const handle = { id: stream, account: route.account ?? this.account() };
    if (this.target.dialect.operations.has('remove')) {
      this.#cleanup.defer(async () => {
        await this.#remove(handle);
      });
    }
    return handle;
  }

  async tryAppend(
    stream: StreamHandle,
    events: readonly AppendEvent[],
    options: { readonly idempotency_key?: string } = {},
    route: Route = {},
  ): Promise<AppendResult> {
    const { dialect } = this.target;
    const account = route.account === undefined ? stream.account : route.account;
    const request = dialect.append(stream.id, events, options);
    const op = this.#recorder.appending(
      stream.id,
      account?.account_id ?? ANONYMOUS.account_id,
      events,
      options.idempotency_key ?? null,
    );
    const exchange = await this.http(request, { ...route, account });
    const { outcome, ids } = appendOutcome(exchange, dialect);
    this.#recorder.appended(op, outcome, ids);
    return { exchange, outcome, ids };
  }

  async append(stream: StreamHandle, events: readonly AppendEvent[], route?: Route): Promise<readonly number[]> {
    const { outcome, ids, exchange } = await this.tryAppend(stream, events, {}, route);
    this.given(
      outcome === 'ok' && ids.length === events.length,
      'setup-append',
      `an append of ${String(events.length)} events was answered ${statusText(exchange)} with ${String(ids.length)} ids`,
    );
    return ids;
  }

  events(count: number, payload_bytes = 32): readonly AppendEvent[] {
    this.#payload_bytes = payload_bytes;
    return Array.from({ length: count }, this.#events);
  }

  subscribe(stream: StreamHandle | string, options: SubscribeOptions = {}): Subscription {
    this.signal.throwIfAborted();
    this.#options.gate.pass();
    const release = this.#allowance.takeConnection();
    const { cursor, cursor_via, ticket, headers = [] } = options;
    const id = streamId(stream);
    const plain = this.target.dialect.subscribe(id, {
      ...(cursor === undefined ? {} : { cursor }),
      ...(cursor_via === undefined ? {} : { via: cursor_via }),
      ...(ticket === undefined ? {} : { ticket }),
    });
    const request = { ...plain, headers: [...(plain.headers ?? []), ...headers] };
    const send = this.#sendOptions(request, withOwner(options, stream));
    const reader: Reader = {
      lineage: options.lineage ?? this.#recorder.newLineage(),
      stream: id,
      account_id: send.account_id ?? ticketHolder(ticket, stream) ?? ANONYMOUS.account_id,
      mode: 'sse',
      cursor: Number(cursor ?? 0),
    };
    let recorded: string | null = null;
    let complete = false;
    const subscription = subscribe(
      { ...send, lineage: reader.lineage, dialect: this.target.dialect },
      {
        onHead: (head) => {
          this.#turned_away.note({ number: send.number, status: head.status });
          // What a malformed cursor or a refusal brings is for the check to judge, not for the oracle.
          if (head.status === 200 && isCursor(cursor)) recorded = this.#recorder.attached(reader, head.at_ms);
        },
        onReading: (reading, item) => {
          if (recorded !== null) this.#recorder.read(recorded, reading, item);
          if (reading.kind === 'event' && reading.event.terminal) complete = true;
        },
        onEnd: (exchange) => {
          release();
          this.exchanges.push(exchange);
          if (recorded === null) return;
          const by = endedBy(exchange.end, this.#disturbances.inForce);
          this.#recorder.ended(recorded, by, complete, exchange.ended_ms);
        },
      },
    );
    this.defer(async () => {
      await subscription.close();
    });
    return subscription;
  }

  async poll(
    stream: StreamHandle | string,
    options: PollOptions = {},
    route: Route & { readonly lineage?: string } = {},
  ): ReturnType<Lab['poll']> {
    const request = this.target.dialect.poll(streamId(stream), options);
    // A long poll is given what it asks for on top; what is no number asks for nothing.
    const asked_ms = Number(options.wait_ms ?? 0);
    const timeout_ms = this.target.times.request_ms + (asked_ms > 0 ? asked_ms : 0);
    const exchange = await this.http(request, { timeout_ms, ...withOwner(route, stream) });
    const answer = this.#readOr('setup-poll', () => this.target.dialect.readPolled(exchange));
    const mode = options.wait_ms === undefined ? 'poll' : 'long-poll';
    this.#recordPage(
      exchange,
      { mode, stream: streamId(stream), after: options.after, lineage: route.lineage },
      answer,
    );
    return { ...answer, exchange };
  }

  async snapshot(stream: StreamHandle | string, route: Route = {}): ReturnType<Lab['snapshot']> {
    const exchange = await this.http(this.target.dialect.snapshot(streamId(stream)), withOwner(route, stream));
    const answer = this.#readOr('setup-snapshot', () => this.target.dialect.readSnapshot(exchange));
    this.#recordPage(exchange, { mode: 'snapshot', stream: streamId(stream) }, answer);
    return { ...answer, exchange };
  }

  async finalRead(stream: StreamHandle, route: Route = {}): Promise<readonly SeenEvent[]> {
    const lineage = this.#recorder.newLineage();
    const events: SeenEvent[] = [];
    for (let page = 0; page < MAX_FINAL_PAGES; page += 1) {
      const after = String(events.at(-1)?.id ?? 0);
      const exchange = await this.http(this.target.dialect.poll(stream.id, { after }), withOwner(route, stream));
      const answer = this.#readOr('setup-poll', () => this.target.dialect.readPolled(exchange));
      const complete = answer.events.length === 0;
      this.#recordPage(exchange, { mode: 'final', stream: stream.id, after, lineage, complete }, answer);
      if (complete) return events;
      events.push(...answer.events);
    }
    throw new Unmet('setup-poll', `the final read did not end within ${String(MAX_FINAL_PAGES)} pages`);
  }

  expect(holds: boolean, details: ViolationDetails | (() => ViolationDetails)): asserts holds {
    this.observations += 1;
    if (holds) return;
    const violation = new Violation(typeof details === 'function' ? details() : details);
    const by_limit = !this.#options.judges_429 && this.#turned_away.isShownBy(violation.details.exchanges);
    this.given(
      !by_limit,
      'turned-away',
      'a limit answered 429: the account has as much open as it may, or asks too often',
    );
    this.violation ??= violation;
    throw violation;
  }

  given(holds: boolean, reason: string, message: string): asserts holds {
    if (!holds) throw new Unmet(reason, message);
  }

  record(record: HistoryRecord): void {
    this.#recorder.record(record);
  }

  fault(kind: string, target: string, at_ms: number, healed_ms: number | null, evidence: string | null): void {
    this.record({ kind: 'fault', fault: kind, target, at_ms });
    if (healed_ms !== null) this.record({ kind: 'heal', fault: kind, target, at_ms: healed_ms });
    this.faults.push({
      kind,
      target,
      at_ms: at_ms - this.began_ms,
      healed_ms: healed_ms === null ? null : healed_ms - this.began_ms,
      bit: evidence !== null,
      evidence: evidence ?? 'nothing on the wire showed it',
    });
    this.given(evidence !== null, 'fault-never-bit', `the fault ${kind} on ${target} was not seen on the wire`);
  }

  judge(): void {
    this.observations += judgeHistory(this.history, this.target);
  }

  note(text: string): void {
    this.notes.push({ at_ms: now(), text });
  }

  defer(cleanup: () => Promise<void> | void): void {
    this.#cleanup.defer(cleanup);
  }

  /** Closes and removes everything, within its bound; what went wrong stands in the notes. Never throws. */
  async close(): Promise<void> {
    for (const problem of await this.#cleanup.run()) this.note(`cleanup: ${problem}`);
  }

  /** After the check is over; its own signal may be aborted already. */
  async #remove({ id, account }: StreamHandle): Promise<void> {
    const request = this.target.dialect.remove(id);
    const options = this.#sendOptions(request, { account });
    await follow({
      ...options,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      timeouts: { headers_ms: null, total_ms: REQUEST_TIMEOUT_MS },
    }).finished;
  }

  #sendOptions(request: HttpRequest, { account, via = 'ingress', host, connection }: Route) {
    const signer = account === undefined ? this.account() : account;
    this.#exchange_number += 1;
    return {
      base: this.#base(via),
      request: {
        ...request,
        headers: signedHeaders(this.target, signer, [...hostHeader(host), ...(request.headers ?? [])]),
      },
      number: this.#exchange_number,
      account_id: signer?.account_id ?? null,
      via: via instanceof URL ? ('ingress' as const) : via,
      signal: this.signal,
      ...(connection === undefined ? {} : { connection }),
    };
  }

  #base(via: NonNullable<Route['via']>): URL {
    if (via instanceof URL) return via;
    if (via === 'ingress') return this.target.url;
    const instance = this.target.instances[via];
    this.given(instance !== undefined, 'no-instance', `the config has no direct address of instance ${String(via)}`);
    return instance.url;
  }

  #readOr<Value>(reason: string, read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      if (error instanceof DialectError) throw new Unmet(reason, error.message);
      throw error;
    }
  }

  /** A poll or snapshot as a subscription that read one page and ended. */
  #recordPage(exchange: Exchange, read: Page, page: { readonly events: readonly SeenEvent[] }): void {
    if (!isCursor(read.after)) return;
    const reader: Reader = {
      lineage: read.lineage ?? this.#recorder.newLineage(),
      stream: read.stream,
      account_id: exchange.account_id ?? ANONYMOUS.account_id,
      mode: read.mode,
      cursor: Number(read.after ?? 0),
    };
    const subscription = this.#recorder.attached(reader, exchange.sent_ms);
    for (const event of page.events) {
      this.#recorder.delivered(subscription, event, event.id, exchange.ended_ms);
    }
    this.#recorder.ended(subscription, 'server', read.complete ?? true, exchange.ended_ms);
  }
}
