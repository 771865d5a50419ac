/** Clients of a simulated stream: SSE followers that come and go, pollers, snapshots, the final read. */
import type { ReadMode } from '../../history.ts';
import type { SimulatedRun } from './simulated-run.ts';
import type { SimulatedStream, StoredEvent } from './simulated-stream.ts';

class Connection {
  readonly subscription: string;
  readonly opened_ms: number;
  #idle_since_ms: number;
  readonly #run: SimulatedRun;

  constructor(
    run: SimulatedRun,
    stream: SimulatedStream,
    lineage: string,
    mode: ReadMode,
    cursor: number,
    account_id: string,
  ) {
    this.#run = run;
    this.subscription = run.name(mode);
    this.opened_ms = run.now_ms;
    this.#idle_since_ms = run.now_ms;
    const { subscription } = this;
    run.emit({
      kind: 'subscribe',
      at_ms: run.now_ms,
      subscription,
      lineage,
      stream: stream.options.name,
      account_id,
      mode,
      cursor,
    });
  }

  get idle_ms(): number {
    return this.#run.now_ms - this.#idle_since_ms;
  }

  deliver(events: readonly StoredEvent[]): void {
    const { subscription } = this;
    for (const { id, payload, terminal, epoch, nonce } of events) {
      this.#run.emit({ kind: 'deliver', at_ms: this.#run.now_ms, subscription, id, payload, terminal, epoch, nonce });
      this.#idle_since_ms = this.#run.now_ms;
    }
  }

  ephemeral(): void {
    const { subscription } = this;
    const payload = this.#run.name('ephemeral');
    this.#run.emit({
      kind: 'deliver',
      at_ms: this.#run.now_ms,
      subscription,
      id: null,
      payload,
      terminal: false,
      epoch: null,
      nonce: null,
    });
  }

  gap(through: number): void {
    this.#run.emit({ kind: 'gap', at_ms: this.#run.now_ms, subscription: this.subscription, through });
  }

  end(by: 'server' | 'client' | 'fault', complete: boolean, at_ms = this.#run.now_ms): void {
    this.#run.emit({ kind: 'end', at_ms, subscription: this.subscription, by, complete });
  }
}

/** One SSE client: reconnects with its last id, sometimes with an older one. */
export class Follower {
  readonly stream: SimulatedStream;
  readonly #run: SimulatedRun;
  readonly #lineage: string;
  #open: Connection | null = null;
  #connects = 0;
  #position = 0;
  #stalled = false;

  constructor(run: SimulatedRun, stream: SimulatedStream) {
    this.#run = run;
    this.stream = stream;
    this.#lineage = run.name('follower');
    // A client may come with a cursor from before.
    if (run.chance(0.2)) this.#position = run.random.int(0, stream.tail);
  }

  act(): void {
    const { random } = this.#run;
    if (this.#open === null) this.#connect();
    else if (this.#run.chance(0.75)) this.#read(random.int(1, 5), this.#run.lag_ms());
    else if (this.#run.chance(0.2)) this.#open.ephemeral();
    else if (this.#run.chance(0.1)) this.#stalled = true;
    else if (this.#run.chance(0.5)) this.#leave(this.#stalled ? 'fault' : random.pick(['client', 'fault', 'server']));
  }

  /** A legal server lets nobody wait: what has been stored for long enough arrives. */
  keepFresh(): void {
    const { now_ms, tolerated_lag_ms, declared } = this.#run;
    if (this.#open === null || this.#stalled || tolerated_lag_ms > declared.recovery_ms) return;
    const overdue = this.stream.visible(this.#position, now_ms, declared.recovery_ms / 2);
    if (overdue.length > 0) this.#read(overdue.length, declared.recovery_ms / 2);
  }

  /** Everything arrives; the client waits for more and then leaves, content. */
  settle(): void {
    if (this.#stalled) this.#leave('fault');
    if (this.#open === null && this.#run.chance(0.6)) this.#connect();
    this.#read(Number.POSITIVE_INFINITY, 0);
  }

  leaveContent(): void {
    const connection = this.#open;
    if (connection === null || this.#run.chance(0.2)) return;
    connection.end('client', this.#run.chance(0.8) && connection.idle_ms > this.#run.declared.recovery_ms);
    this.#open = null;
  }

  /** Its key was revoked: over at some moment within the bound. Returns the subscription, or null. */
  revoke(bound_ms: number): string | null {
    const connection = this.#open;
    if (connection === null) return null;
    connection.end('server', false, this.#run.now_ms + this.#run.random.next() * bound_ms);
    this.#open = null;
    this.#stalled = false;
    return connection.subscription;
  }

  #connect(): void {
    const { random, declared } = this.#run;
    const goesBack = this.#connects > 0 && this.#run.chance(0.1);
    const cursor = goesBack ? random.int(0, this.#position) : this.#position;
    this.#open = new Connection(this.#run, this.stream, this.#lineage, 'sse', cursor, this.stream.options.account_id);
    this.#connects += 1;
    this.#position = cursor;
    // Finished streams answer the terminal cursor with 204.
    if (this.stream.ended && cursor === this.stream.tail) {
      this.#leave('server', true);
      return;
    }
    if (cursor === 0) this.#position = this.stream.pruned;
    if (declared.at_least_once && this.#connects > 1 && this.#run.chance(0.5)) {
      this.#position = Math.max(Math.min(this.stream.pruned, cursor), cursor - random.int(0, 3));
    }
  }

  #read(count: number, lag_ms: number): void {
    const connection = this.#open;
    if (connection === null || this.#stalled) return;
    const { stream } = this;
    if (stream.pruned > this.#position) {
      connection.gap(stream.pruned);
      this.#position = stream.pruned;
    }
    const events = stream.visible(this.#position, this.#run.now_ms, lag_ms).slice(0, count);
    for (const event of events) {
      connection.deliver([event]);
      if (this.#run.declared.at_least_once && this.#connects > 1 && this.#run.chance(0.1)) connection.deliver([event]);
    }
    this.#position = events.at(-1)?.id ?? this.#position;
    if (events.at(-1)?.terminal === true) this.#leave('server', true);
  }

  #leave(by: 'server' | 'client' | 'fault', complete = false): void {
    this.#open?.end(by, complete);
    this.#open = null;
    this.#stalled = false;
  }
}

/** Pages of a poll or a long-poll, one subscription each. */
export class Poller {
  readonly #run: SimulatedRun;
  readonly #stream: SimulatedStream;
  readonly #lineage: string;
  readonly #mode: 'poll' | 'long-poll';
  #cursor = 0;

  constructor(run: SimulatedRun, stream: SimulatedStream) {
    this.#run = run;
    this.#stream = stream;
    this.#mode = run.random.pick(['poll', 'long-poll'] as const);
    this.#lineage = run.name('poller');
  }

  act(): void {
    const { random, now_ms } = this.#run;
    const { account_id } = this.#stream.options;
    const connection = new Connection(this.#run, this.#stream, this.#lineage, this.#mode, this.#cursor, account_id);
    if (this.#run.chance(0.1)) {
      connection.end(random.pick(['server', 'client', 'fault']), false);
      return;
    }
    if (this.#cursor > 0 && this.#stream.pruned > this.#cursor) {
      connection.gap(this.#stream.pruned);
      this.#cursor = this.#stream.pruned;
    }
    const page = this.#stream.visible(this.#cursor, now_ms, this.#run.lag_ms()).slice(0, random.int(1, 6));
    connection.deliver(page);
    connection.end('server', true);
    this.#cursor = page.at(-1)?.id ?? this.#cursor;
  }
}

export function takeSnapshot(run: SimulatedRun, stream: SimulatedStream): void {
  const connection = new Connection(run, stream, run.name('reader'), 'snapshot', 0, stream.options.account_id);
  connection.deliver(stream.visible(0, run.now_ms, run.lag_ms()));
  connection.end('server', true);
}

/** Another account asks, and gets what it would get for a stream that does not exist. */
export function askAsStranger(run: SimulatedRun, stream: SimulatedStream): void {
  const mode = run.random.pick(['sse', 'poll', 'snapshot'] as const);
  new Connection(run, stream, run.name('stranger'), mode, 0, 'stranger').end('server', false);
}

/** In one piece, in pages, or resumed after a cut; `between` happens while it is under way. */
export function readFinally(run: SimulatedRun, stream: SimulatedStream, between: () => void): void {
  const lineage = run.name('final-read');
  const page = run.chance(0.5) ? run.random.int(1, 4) : Number.POSITIVE_INFINITY;
  let cursor = 0;
  for (;;) {
    const connection = new Connection(run, stream, lineage, 'final', cursor, stream.options.account_id);
    if (cursor > 0 && stream.pruned > cursor) {
      connection.gap(stream.pruned);
      cursor = stream.pruned;
    }
    const events = stream.visible(cursor, run.now_ms, 0).slice(0, page);
    connection.deliver(events);
    cursor = events.at(-1)?.id ?? cursor;
    const isCut = run.chance(0.1);
    const isLast = !isCut && events.length < page;
    connection.end(isCut ? 'fault' : 'server', isLast);
    between();
    if (isLast || (isCut && cursor === 0)) return;
  }
}
