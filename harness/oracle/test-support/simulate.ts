/**
 * Random but legal histories of a correct resumable stream service: every mode, cuts, reconnects, retries, appends of
 * unknown outcome, take-overs, pruning, stale reads within their bound, revocations, faults. No verdict over one may be
 * false.
 */
import { Random } from '../../../spec/random.ts';
import type { HistoryRecord } from '../../history.ts';
import { payloadHash } from '../canonical-json.ts';
import type { Declared } from '../state.ts';
import { askAsStranger, Follower, Poller, readFinally, takeSnapshot } from './simulated-readers.ts';
import { SimulatedRun } from './simulated-run.ts';
import { SimulatedStream, type NewEvents } from './simulated-stream.ts';

export interface Simulated {
  readonly history: readonly HistoryRecord[];
  readonly declared: Declared;
}

/** A request is on its way at most this long; well below half of `idempotency_ms`. */
const TRANSIT_MS = 20;
const REVOCATION_BOUND_MS = 15;

export function simulate(seed: number): Simulated {
  const random = new Random(seed);
  const declared: Declared = {
    accounts: true,
    at_least_once: random.next() < 0.3,
    recovery_ms: 40,
    idempotency_ms: random.next() < 0.8 ? 200 : null,
    history_limit: random.next() < 0.25 ? random.int(4, 10) : null,
  };
  return new Simulation(new SimulatedRun(random, declared)).play();
}

class Simulation {
  readonly #run: SimulatedRun;
  readonly #streams: SimulatedStream[] = [];
  readonly #followers: Follower[] = [];
  readonly #pollers: Poller[] = [];
  /** Streams whose server writes events of its own. */
  readonly #shared = new Set<SimulatedStream>();
  readonly #sent: { readonly stream: SimulatedStream; readonly events: NewEvents }[] = [];
  #payloads = 0;

  constructor(run: SimulatedRun) {
    this.#run = run;
    for (let index = run.random.int(1, 3); index > 0; index -= 1) this.#addStream();
  }

  play(): Simulated {
    const run = this.#run;
    const actions = this.#actions();
    for (let left = run.random.int(40, 160); left > 0; left -= 1) {
      run.pass(run.random.next() * 4);
      run.random.pick(actions)();
      for (const follower of this.#followers) follower.keepFresh();
    }
    run.heal();
    run.pass(2 * TRANSIT_MS);
    for (const follower of this.#followers) follower.settle();
    run.pass(3 * run.declared.recovery_ms);
    for (const follower of this.#followers) follower.settle();
    run.pass(2 * run.declared.recovery_ms);
    for (const follower of this.#followers) follower.leaveContent();
    for (const stream of this.#streams) if (run.chance(0.8)) this.#readFinally(stream);
    this.#sample('healed');
    return { history: run.history(), declared: run.declared };
  }

  /** As often as they stand here. */
  #actions(): readonly (() => void)[] {
    const run = this.#run;
    const { random } = run;
    const stream = (): SimulatedStream => random.pick(this.#streams);
    const often = (count: number, act: () => void): (() => void)[] => Array.from({ length: count }, () => act);
    return [
      ...often(12, () => {
        this.#append(stream());
      }),
      ...often(20, () => {
        random.pick(this.#followers).act();
      }),
      ...often(6, () => {
        random.pick(this.#pollers).act();
      }),
      ...often(3, () => {
        this.#retry();
      }),
      () => {
        takeSnapshot(run, stream());
      },
      () => {
        askAsStranger(run, stream());
      },
      () => {
        stream().takeOver();
      },
      () => {
        this.#produce(stream());
      },
      () => {
        run.toggleFault();
      },
      () => {
        this.#followers.push(new Follower(run, stream()));
      },
      () => {
        this.#revoke();
      },
      () => {
        this.#probe(stream());
      },
      () => {
        this.#fence(stream());
      },
      () => {
        this.#sample('loaded');
      },
      () => {
        if (run.chance(0.3)) this.#finish(stream());
      },
    ];
  }

  #addStream(): void {
    const run = this.#run;
    const { idempotency_ms, history_limit } = run.declared;
    const name = run.name('stream');
    const account_id = `owner-of-${name}`;
    const options = { name, account_id, fenced: run.chance(0.7), history_limit, idempotency_ms };
    const stream = new SimulatedStream(options, run.random);
    this.#streams.push(stream);
    if (run.chance(0.3)) this.#shared.add(stream);
    for (let index = run.random.int(1, 3); index > 0; index -= 1) this.#followers.push(new Follower(run, stream));
    this.#pollers.push(new Poller(run, stream));
  }

  #payload(): string {
    this.#payloads += 1;
    // Now and then the same payload again, which no verdict may mistake for a duplicate.
    return this.#run.chance(0.05) ? 'again' : payloadHash(`payload ${this.#payloads}`);
  }

  #append(stream: SimulatedStream): void {
    const count = this.#run.chance(0.6) ? 1 : this.#run.random.int(2, 4);
    const payloads = Array.from({ length: count }, () => this.#payload());
    const idempotency_key = this.#run.chance(0.5) ? this.#run.name('key') : null;
    this.#send(stream, { payloads, terminal: false, idempotency_key });
  }

  #retry(): void {
    if (this.#sent.length === 0) return;
    const { stream, events } = this.#run.random.pick(this.#sent.slice(-5));
    if (events.idempotency_key !== null) this.#send(stream, events);
  }

  #finish(stream: SimulatedStream): void {
    // The server's own end and a client's may look alike.
    const payload = this.#run.chance(0.5) ? 'end' : this.#payload();
    if (this.#shared.has(stream) && this.#run.chance(0.5)) {
      stream.append({ payloads: [payload], terminal: true, idempotency_key: null }, this.#run.now_ms);
    } else {
      this.#send(stream, { payloads: [payload], terminal: true, idempotency_key: null });
    }
  }

  #produce(stream: SimulatedStream): void {
    if (!this.#shared.has(stream)) return;
    const payloads = [payloadHash(this.#run.name('produced'))];
    stream.append({ payloads, terminal: false, idempotency_key: null }, this.#run.now_ms);
  }

  /** One attempt: refused, stored and answered, or its answer lost, whether it was or will be stored or never. */
  #send(stream: SimulatedStream, events: NewEvents): void {
    const run = this.#run;
    this.#sent.push({ stream, events });
    const op = run.name('op');
    const { name, account_id } = stream.options;
    const at_ms = run.now_ms;
    run.emit({ kind: 'append', at_ms, op, stream: name, account_id, intended_ms: at_ms, ...events });
    const answer = (outcome: 'ok' | 'fail' | 'unknown', ids: readonly number[]): void => {
      // Answers take their time: readers may be faster.
      run.emit({ kind: 'append-result', at_ms: run.now_ms + run.random.next() * TRANSIT_MS, op, outcome, ids });
    };
    const store = (): readonly number[] | null => stream.append(events, run.now_ms);
    const fate = run.random.next();
    if (fate < 0.1) answer('fail', []);
    else if (fate < 0.15) answer('unknown', []);
    else if (fate < 0.2) run.later(run.random.next() * TRANSIT_MS, store);
    else if (fate < 0.3) {
      answer('unknown', []);
      run.later(run.random.next() * TRANSIT_MS, store);
    } else {
      const ids = store();
      if (ids === null) answer('fail', []);
      else answer('ok', ids);
    }
  }

  #revoke(): void {
    const run = this.#run;
    const { account_id, name } = run.random.pick(this.#streams).options;
    const at_ms = run.now_ms;
    const subscriptions = this.#followers
      .filter((follower) => follower.stream.options.name === name && run.chance(0.5))
      .map((follower) => follower.revoke(REVOCATION_BOUND_MS))
      .filter((subscription) => subscription !== null);
    run.emit({
      kind: 'revoke',
      at_ms,
      api_key_id: `key-of-${account_id}`,
      subscriptions,
      bound_ms: REVOCATION_BOUND_MS,
    });
  }

  #probe(stream: SimulatedStream): void {
    const fault = this.#run.random.pick(['evicted', 'ahead', 'foreign', 'malformed'] as const);
    const at_ms = this.#run.now_ms;
    this.#run.emit({
      kind: 'cursor-probe',
      at_ms,
      stream: stream.options.name,
      cursor: '7x',
      fault,
      answer: 'signalled',
    });
  }

  #fence(stream: SimulatedStream): void {
    const isStale = stream.epoch > 1 && this.#run.chance(0.5);
    const fence = { kind: 'fence', stream: stream.options.name } as const;
    this.#run.emit({ ...fence, at_ms: this.#run.now_ms, epoch: stream.epoch, accepted: !this.#run.chance(0.2) });
    if (isStale) this.#run.emit({ ...fence, at_ms: this.#run.now_ms, epoch: stream.epoch - 1, accepted: false });
  }

  #sample(phase: 'loaded' | 'healed'): void {
    const { random, now_ms } = this.#run;
    const metric = phase === 'loaded' ? 'stalled_bytes' : random.pick(['connections', 'rss_bytes'] as const);
    this.#run.emit({ kind: 'sample', at_ms: now_ms, metric, phase, value: random.int(0, 100), bound: 100 });
  }

  #readFinally(stream: SimulatedStream): void {
    readFinally(this.#run, stream, () => {
      if (this.#run.chance(0.3)) this.#append(stream);
      this.#run.pass(1);
    });
  }
}
