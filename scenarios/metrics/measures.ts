/**
 * From the history to numbers. Latency counts from the moment an event was due to be sent, never starts anew at a
 * reconnect, leaves out only the time a reader was away of its own will, and what is still owed when the run ends is
 * counted at its age.
 */
import type {
  AppendRecord,
  AppendResultRecord,
  DeliverRecord,
  EndRecord,
  HistoryRecord,
  SubscribeRecord,
} from '../../harness/history.ts';
import type { Phase } from './catalog.ts';
import { PhaseClock } from './phases.ts';
import { ReaderState, type Attach } from './reader-state.ts';
import { Series } from './series.ts';
import { SloWatch } from './slo-watch.ts';
import { StreamLog, type EventTimes } from './stream-log.ts';
import { Trend } from './trend.ts';
import { WorstEvents } from './worst-events.ts';

export interface MeasuresOptions {
  readonly began_ms: number;
  /** p95 of event latency that counts as healed. */
  readonly latency_budget_ms: number;
  /** A reader that lacks an acknowledged event for longer than this will not get it. */
  readonly recovery_ms: number;
  /** A reconnect may deliver again what came before it. */
  readonly at_least_once: boolean;
}

export class Measures {
  readonly trends = {
    event_latency: new Trend(),
    event_latency_from_send: new Trend(),
    append_duration: new Trend(),
    connect_duration: new Trend(),
    replay_duration: new Trend(),
    reconnect_gap: new Trend(),
  };
  readonly counters = { reconnects: 0, published: 0, delivered: 0, lost: 0, duplicated: 0 };
  readonly phases = new PhaseClock();
  readonly worst = new WorstEvents();
  readonly series: Series;
  readonly slo: SloWatch;
  readonly #options: MeasuresOptions;
  readonly #streams = new Map<string, StreamLog>();
  readonly #appends = new Map<string, AppendRecord>();
  readonly #lineages = new Map<string, ReaderState>();
  readonly #subscriptions = new Map<string, ReaderState>();
  readonly #attaches = new Map<string, Attach>();
  #ended_ms: number;

  constructor(options: MeasuresOptions) {
    this.#options = options;
    this.#ended_ms = options.began_ms;
    this.series = new Series(options.began_ms, () => this.queueDepth());
    this.slo = new SloWatch(options.latency_budget_ms);
  }

  attach(attach: Attach): void {
    this.#attaches.set(attach.subscription, attach);
  }

  /** In the order of their stamps. */
  record(record: HistoryRecord): void {
    this.#ended_ms = Math.max(this.#ended_ms, record.at_ms);
    this.series.advance(record.at_ms);
    switch (record.kind) {
      case 'append':
        this.#append(record);
        return;
      case 'append-result':
        this.#appended(record);
        return;
      case 'subscribe':
        this.#subscribe(record);
        return;
      case 'deliver':
        this.#deliver(record);
        return;
      case 'gap': {
        const reader = this.#subscriptions.get(record.subscription);
        if (reader !== undefined) reader.last = Math.max(reader.last, record.through);
        return;
      }
      case 'end':
        this.#end(record);
        return;
      case 'fault':
      case 'heal':
        this.phases.record(record);
        return;
      default:
    }
  }

  /** How far the furthest attached reader is behind what was acknowledged, in events. */
  queueDepth(): number {
    let furthest = 0;
    for (const reader of this.#subscriptions.values()) {
      if (reader.mode === 'sse') furthest = Math.max(furthest, reader.stream.tail - reader.last);
    }
    return furthest;
  }

  /** A reader that never got in: everything on its stream is late for it since it wanted to read. */
  neverAttached(lineage: string, stream: string, wanted_ms: number): void {
    const known = this.#lineages.has(lineage);
    if (known) return;
    const reader = new ReaderState(this.#stream(stream), 'sse');
    reader.wentAway([0, wanted_ms]);
    this.#lineages.set(lineage, reader);
    const age_ms = this.#ended_ms - wanted_ms;
    this.trends.connect_duration.censor(age_ms, { phase: this.phases.of(wanted_ms, this.#ended_ms) });
  }

  /**
   * The run is over: what is owed is censored at its age, and what will not come any more is lost.
   * @param whole false for a run that was cut short, in which nobody waited for what was still to come
   */
  finish(whole: boolean): void {
    const lost = new Set<string>();
    for (const reader of this.#lineages.values()) {
      for (const [from, to] of reader.holes) this.#countLost(reader, from, to, lost);
      if (reader.mode === 'final') {
        if (reader.complete) this.#countLost(reader, reader.last + 1, reader.stream.tail, lost);
      } else if (!reader.complete) this.#censor(reader, whole, lost);
    }
    this.counters.lost = lost.size;
  }

  #append(record: AppendRecord): void {
    this.#appends.set(record.op, record);
    for (const payload of record.payloads) {
      this.#stream(record.stream).sent(payload, record.intended_ms, record.at_ms);
    }
  }

  #appended({ op, ids, at_ms }: AppendResultRecord): void {
    const append = this.#appends.get(op);
    this.#appends.delete(op);
    if (append === undefined) return;
    const log = this.#stream(append.stream);
    append.payloads.forEach((payload, index) => {
      const id = ids[index];
      const event = id === undefined ? null : log.acknowledged(payload, id, at_ms);
      if (event === null) return;
      this.counters.published += 1;
      const phase = this.phases.of(event.intended_ms, at_ms);
      this.trends.append_duration.record(at_ms - event.intended_ms, { phase });
    });
  }

  #subscribe({ subscription, lineage, stream, mode, at_ms }: SubscribeRecord): void {
    const attach = this.#attaches.get(subscription);
    this.#attaches.delete(subscription);
    const known = this.#lineages.get(lineage);
    const reader = known ?? new ReaderState(this.#stream(stream), mode);
    if (known === undefined) {
      this.#lineages.set(lineage, reader);
      if (attach === undefined) reader.wentAway([0, at_ms]);
    }
    this.#subscriptions.set(subscription, reader);
    reader.attached = true;
    if (attach !== undefined) this.#attached(reader, attach, at_ms, known !== undefined);
  }

  #attached(reader: ReaderState, attach: Attach, at_ms: number, again: boolean): void {
    const { asked_ms, wanted_ms, away } = attach;
    this.trends.connect_duration.record(at_ms - asked_ms, { phase: this.phases.of(asked_ms, at_ms) });
    if (away !== null) reader.wentAway(away);
    if (again) {
      this.counters.reconnects += 1;
      this.series.reconnected();
    }
    if (away === null && reader.cut_ms !== null) {
      const phase = this.phases.of(reader.cut_ms, at_ms);
      this.trends.reconnect_gap.record(at_ms - reader.cut_ms, { phase });
    }
    reader.cut_ms = null;
    // What was being replayed when the stream broke is still being waited for since then.
    reader.replay ??= reader.stream.tail > reader.last ? { wanted_ms, through: reader.stream.tail } : null;
  }

  #deliver({ subscription, id, payload, terminal, at_ms }: DeliverRecord): void {
    const reader = this.#subscriptions.get(subscription);
    if (reader === undefined || id === null) return;
    const isNew = reader.advance(id);
    if (reader.mode === 'final') return;
    this.counters.delivered += 1;
    if (terminal) reader.complete = true;
    if (!isNew) {
      if (!this.#options.at_least_once) this.counters.duplicated += 1;
      return;
    }
    const event = reader.stream.received(payload);
    if (event !== null) this.#received(reader, event, id, at_ms);
    if (reader.replay !== null && id >= reader.replay.through) {
      const { wanted_ms } = reader.replay;
      reader.replay = null;
      this.trends.replay_duration.record(at_ms - wanted_ms, { phase: this.phases.of(wanted_ms, at_ms) });
    }
  }

  #received(reader: ReaderState, event: EventTimes, id: number, at_ms: number): void {
    const { latency_ms, from_send_ms, tags } = this.#latency(reader, event, at_ms);
    this.trends.event_latency.record(latency_ms, tags);
    this.trends.event_latency_from_send.record(from_send_ms, tags);
    this.series.received(latency_ms);
    this.slo.record(at_ms, latency_ms);
    this.worst.offer({ stream: reader.stream.stream, id, latency_ms, phase: tags.phase, censored: false });
  }

  #latency(reader: ReaderState, { intended_ms, sent_ms }: EventTimes, at_ms: number) {
    const away_ms = reader.awayWithin(intended_ms, at_ms);
    const phase: Phase = away_ms > 0 ? 'replay' : this.phases.of(intended_ms, at_ms);
    return {
      latency_ms: at_ms - intended_ms - away_ms,
      from_send_ms: at_ms - sent_ms - reader.awayWithin(sent_ms, at_ms),
      tags: { phase, mode: reader.mode },
    };
  }

  #end({ subscription, by, complete, at_ms }: EndRecord): void {
    const reader = this.#subscriptions.get(subscription);
    if (reader === undefined) return;
    this.#subscriptions.delete(subscription);
    reader.attached = false;
    if (reader.mode === 'sse' && by !== 'client' && !complete) reader.cut_ms = at_ms;
    if (reader.mode === 'final') reader.complete = complete;
  }

  #censor(reader: ReaderState, whole: boolean, lost: Set<string>): void {
    const { stream, replay, cut_ms, last } = reader;
    const now_ms = this.#ended_ms;
    if (cut_ms !== null) {
      this.trends.reconnect_gap.censor(now_ms - cut_ms, { phase: this.phases.of(cut_ms, now_ms) });
    }
    if (replay !== null) {
      const phase = this.phases.of(replay.wanted_ms, now_ms);
      this.trends.replay_duration.censor(now_ms - replay.wanted_ms, { phase });
    }
    for (let id = last + 1; id <= stream.tail; id += 1) {
      const event = stream.at(id);
      if (event === null) continue;
      const { latency_ms, from_send_ms, tags } = this.#latency(reader, event, now_ms);
      this.trends.event_latency.censor(latency_ms, tags);
      this.trends.event_latency_from_send.censor(from_send_ms, tags);
      this.slo.record(now_ms, latency_ms);
      this.worst.offer({ stream: stream.stream, id, latency_ms, phase: tags.phase, censored: true });
      if (whole && now_ms - (event.acked_ms ?? now_ms) > this.#options.recovery_ms) lost.add(`${stream.stream} ${id}`);
    }
  }

  /** Ids that were acknowledged and passed over without a word. */
  #countLost({ stream }: ReaderState, from: number, to: number, lost: Set<string>): void {
    for (let id = from; id <= to; id += 1) if (stream.at(id) !== null) lost.add(`${stream.stream} ${id}`);
  }

  #stream(name: string): StreamLog {
    const known = this.#streams.get(name) ?? new StreamLog(name);
    this.#streams.set(name, known);
    return known;
  }
}
