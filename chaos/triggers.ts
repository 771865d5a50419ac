/**
 * Logical triggers: when a fault fires, said in terms of what the run did and saw, not of wall time. A `TriggerWatch`
 * taps the history; nothing is polled but the owner of a lease, which no record announces.
 */
import type { HistoryRecord, HistorySink } from '../harness/history.ts';
import type { Hooks } from '../harness/target.ts';
import { PROBE_INTERVAL_MS } from '../harness/timeouts.ts';
import { waitFor } from './wait.ts';

/**
 * A stream in a trigger: `#1` is the first stream the history names, `#2` the second…; a label given by
 * `TriggerWatch.label`; or the stream's own id. Ids are the server's choice, so plans that replay use the first two.
 */
export type StreamRef = string;

export type Trigger =
  /** The append that brings the acknowledged events of the stream to `count`. */
  | { readonly on: 'ack'; readonly stream: StreamRef; readonly count: number }
  /** The first delivery of that id to any reader of the stream. */
  | { readonly on: 'delivery'; readonly stream: StreamRef; readonly id: number }
  /** The count-th append sent, over all streams. */
  | { readonly on: 'append'; readonly count: number }
  /** The stream's lease is the instance's (needs the hook `ownerOf`). */
  | { readonly on: 'owner'; readonly stream: StreamRef; readonly instance: number }
  /** The count-th fault of the run has healed. */
  | { readonly on: 'healed'; readonly count: number }
  /** One after another: the second is looked at only once the first has fired. */
  | { readonly on: 'sequence'; readonly of: readonly Trigger[] }
  /** That long after the run began to be watched, where nothing logical will do. */
  | { readonly on: 'elapsed'; readonly after_ms: number };

/** In words, for people. */
export function describeTrigger(trigger: Trigger): string {
  switch (trigger.on) {
    case 'ack':
      return `${String(trigger.count)} events of stream ${trigger.stream} were acknowledged`;
    case 'delivery':
      return `event ${String(trigger.id)} of stream ${trigger.stream} was delivered`;
    case 'append':
      return `${String(trigger.count)} appends were sent`;
    case 'owner':
      return `instance ${String(trigger.instance)} held the lease of stream ${trigger.stream}`;
    case 'healed':
      return `${String(trigger.count)} ${trigger.count === 1 ? 'fault' : 'faults'} had healed`;
    case 'sequence':
      return trigger.of.map(describeTrigger).join(', and then ');
    case 'elapsed':
      return `${String(trigger.after_ms)} ms had passed`;
  }
}

/** Streams beyond this are not counted: a trigger on one of them never fires. */
const MAX_STREAMS = 100_000;

interface StreamTally {
  /** Acknowledged events. */
  acked: number;
  /** Highest id delivered: ids increase, so that is enough. */
  delivered: number;
}

export class TriggerWatch implements HistorySink {
  readonly #ownerOf: Hooks['ownerOf'] | undefined;
  readonly #streams = new Map<string, StreamTally>();
  readonly #labels = new Map<string, string>();
  readonly #operations = new Map<string, string>();
  readonly #subscriptions = new Map<string, string>();
  readonly #waiting = new Set<() => void>();
  #appends = 0;
  #heals = 0;

  /** `hooks.ownerOf` serves triggers on owners; without it they never fire. */
  constructor(hooks: Partial<Hooks> = {}) {
    this.#ownerOf = hooks.ownerOf?.bind(hooks);
  }

  /** Names a stream for triggers, e.g. by its number in the workload. */
  label(label: string, stream: string): void {
    this.#labels.set(label, stream);
    this.#changed();
  }

  /** The stream's id, once it is known. */
  resolve(stream: StreamRef): string | null {
    return this.#labels.get(stream) ?? (this.#streams.has(stream) ? stream : null);
  }

  record(record: HistoryRecord): void {
    switch (record.kind) {
      case 'append':
        this.#appends += 1;
        this.#tally(record.stream);
        this.#operations.set(record.op, record.stream);
        break;
      case 'append-result': {
        const stream = this.#operations.get(record.op);
        this.#operations.delete(record.op);
        if (stream !== undefined) this.#tally(stream).acked += record.ids.length;
        break;
      }
      case 'subscribe':
        this.#tally(record.stream);
        this.#subscriptions.set(record.subscription, record.stream);
        break;
      case 'deliver': {
        const stream = this.#subscriptions.get(record.subscription);
        if (stream === undefined || record.id === null) return;
        const tally = this.#tally(stream);
        tally.delivered = Math.max(tally.delivered, record.id);
        break;
      }
      case 'end':
        this.#subscriptions.delete(record.subscription);
        return;
      case 'heal':
        this.#heals += 1;
        break;
      default:
        return;
    }
    this.#changed();
  }

  /** Resolves true when it fires, false when the signal was aborted first. */
  async when(trigger: Trigger, signal: AbortSignal): Promise<boolean> {
    if (trigger.on === 'sequence') {
      for (const part of trigger.of) if (!(await this.when(part, signal))) return false;
      return true;
    }
    if (trigger.on === 'owner') return this.#whenOwner(trigger.stream, trigger.instance, signal);
    if (trigger.on === 'elapsed') {
      await waitFor(trigger.after_ms, [signal]);
      return !signal.aborted;
    }
    return this.#whenHolds(() => this.#holds(trigger), signal);
  }

  #holds(trigger: Exclude<Trigger, { readonly on: 'sequence' | 'owner' | 'elapsed' }>): boolean {
    if (trigger.on === 'append') return this.#appends >= trigger.count;
    if (trigger.on === 'healed') return this.#heals >= trigger.count;
    const tally = this.#streams.get(this.resolve(trigger.stream) ?? '');
    if (tally === undefined) return false;
    return trigger.on === 'ack' ? tally.acked >= trigger.count : tally.delivered >= trigger.id;
  }

  #whenHolds(holds: () => boolean, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (fired: boolean): void => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', giveUp);
        resolve(fired);
      };
      const look = (): void => {
        if (holds()) settle(true);
      };
      const giveUp = (): void => {
        settle(false);
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) giveUp();
      else look();
    });
  }

  async #whenOwner(stream: StreamRef, instance: number, signal: AbortSignal): Promise<boolean> {
    if (this.#ownerOf === undefined) return this.#whenHolds(() => false, signal);
    if (!(await this.#whenHolds(() => this.resolve(stream) !== null, signal))) return false;
    while (!signal.aborted) {
      const owner = await this.#ownerOf(this.resolve(stream) ?? stream);
      if (owner?.instance === instance) return true;
      await waitFor(PROBE_INTERVAL_MS, [signal]);
    }
    return false;
  }

  #tally(stream: string): StreamTally {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const tally = { acked: 0, delivered: 0 };
    if (this.#streams.size < MAX_STREAMS) {
      this.#streams.set(stream, tally);
      this.#labels.set(`#${this.#streams.size}`, stream);
    }
    return tally;
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}
