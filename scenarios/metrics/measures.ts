/**
 * From the history to numbers. Latency counts from the moment an event was due to be sent, never starts anew at a
 * reconnect, leaves out only the time a reader was away of its own will, and what is still owed when the run ends is
 * counted at its age. An event is known by its payload: an id that was given away twice hides no loss.
 */
import type {
  AppendRecord,
  AppendResultRecord,
  DeliverRecord,
  EndRecord,
  HistoryRecord,
  ReadMode,
  SubscribeRecord,
} from '../../harness/history.ts';
import type { Phase } from './catalog.ts';
import type { Headless, Notes } from './notes.ts';
import { PhaseClock } from './phases.ts';
import { ReaderState, type Attach, type Away } from './reader-state.ts';
import { Series } from './series.ts';
import { SloWatch } from './slo-watch.ts';
import { StreamLog, type EventTimes } from './stream-log.ts';
import { Trend, type Tags } from './trend.ts';
import { WorstEvents } from './worst-events.ts';

export interface MeasuresOptions {
  readonly began_ms: number;
  /** p95 of event latency that counts as healed; what never arrived was overdue so long after it was due. */
  readonly latency_budget_ms: number;
  /** A reader that lacks an acknowledged event for longer than this will not get it; a healed fault may show so long. */
  readonly recovery_ms: number;
  /** Of the readers whose latencies are drawn. */
  readonly charted_modes: readonly ReadMode[];
  /** A reconnect may deliver again what came before it. */
  readonly at_least_once: boolean;
}

/** A reader that wanted its stream when the run ended. */
export interface NeverAttached {
  readonly lineage: string;
  readonly stream: string;
  readonly wanted_ms: number;
  /** How long it had been away of its own will before; null: it was cut. */
  readonly away: Away | null;
  /** It was told with 204 to come no more, without having been given the end: what it lacks it will not get. */
  readonly dismissed: boolean;
}

/** An event that overtook its acknowledgement. */
interface Receipt {
  readonly reader: ReaderState;
  readonly at_ms: number;
  readonly tags: Tags;
}

export class Measures {
  readonly trends = {
    event_latency: new Trend(),
    event_latency_from_send: new Trend(),
    event_latency_from_ack: new Trend(),
    append_duration: new Trend(),
    connect_duration: new Trend(),
    replay_duration: new Trend(),
    reconnect_gap: new Trend(),
  };
  readonly counters = {
    reconnects: 0,
    published: 0,
    refused: 0,
    unanswered: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
  };
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
  readonly #last_attempts = new Set<string>();
  /** Until all faults that they met are told. */
  readonly #headless: Headless[] = [];
  readonly #unacknowledged = new Map<EventTimes, Receipt[]>();
  #published: Readonly<Record<keyof Measures['counters'], number>> | null = null;
  #ended_ms: number;
  #first_due_ms: number | null = null;

  constructor(options: MeasuresOptions) {
    this.#options = options;
    this.#ended_ms = options.began_ms;
    this.series = new Series(options.began_ms, options.charted_modes, () => this.queueDepth());
    this.slo = new SloWatch(options.latency_budget_ms);
  }

  /** When the first event was due; null while none was sent. */
  get first_due_ms(): number | null {
    return this.#first_due_ms;
  }

  /** Nothing new is published from now on: what is still counted is no part of a rate. */
  publishingEnded(): void {
    this.#published ??= { ...this.counters };
  }

  /** Counters as they were while events were published. */
  get counted_while_publishing(): Readonly<Record<keyof Measures['counters'], number>> {
    return this.#published ?? this.counters;
  }

  note({ attaches, headless, last_attempts }: Notes): void {
    for (const attach of attaches) this.#attaches.set(attach.subscription, attach);
    for (const op of last_attempts) this.#last_attempts.add(op);
    this.#headless.push(...headless);
  }

  /** In the order of their stamps. */
  record(record: HistoryRecord): void {
    this.#ended_ms = Math.max(this.#ended_ms, record.at_ms);
    this.series.advance(record.at_ms);
    this.#censorHeadless(record.at_ms);
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
        this.#subscriptions.get(record.subscription)?.gap(record.through);
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

  /** How far the furthest reader that is attached, or was cut and wants to be, is behind what was acknowledged. */
  queueDepth(): number {
    let furthest = 0;
    for (const { mode, attached, complete, cut_ms, stream, last, came_for } of this.#lineages.values()) {
      const wants = mode === 'sse' && !complete && (attached || cut_ms !== null);
      if (wants) furthest = Math.max(furthest, stream.countAfter(Math.max(last, came_for)));
    }
    return furthest;
  }

  /**
   * A reader wanted its stream when the run ended and had none: what is on it is late for it since then.
   * @param away it had left before of its own will; null: it was cut
   */
  neverAttached({ lineage, stream, wanted_ms, away, dismissed }: NeverAttached): void {
    const reader = this.#lineages.get(lineage) ?? new ReaderState(this.#stream(stream), 'sse', 0);
    this.#lineages.set(lineage, reader);
    if (away !== null) reader.wentAway(away);
    reader.unanswered_ms = wanted_ms;
    reader.dismissed = dismissed;
    if (reader.stream.tail > reader.last) {
      reader.replay ??= { wanted_ms, through: reader.stream.tail };
    }
  }

  /** `lost` while the run goes on: what a reader has passed over will not come to it any more. */
  countPassedOver(): void {
    const lost = new Set<EventTimes>();
    for (const reader of this.#lineages.values()) {
      if (reader.mode === 'final') continue;
      for (const event of reader.owed()) if (event.ack.id <= reader.last) lost.add(event);
    }
    this.counters.lost = lost.size;
  }

  /**
   * The run is over: what is owed is censored at its age, and what will not come any more is lost.
   * @param whole false for a run that was cut short, in which nobody waited for what was still to come
   * @param at_ms when the run ended: silence since the last record counts too
   */
  finish(whole: boolean, at_ms: number): void {
    this.#ended_ms = Math.max(this.#ended_ms, at_ms);
    this.series.advance(this.#ended_ms);
    this.#censorHeadless(Number.POSITIVE_INFINITY);
    const lost = new Set<EventTimes>();
    for (const reader of this.#lineages.values()) {
      if (reader.mode !== 'final') this.#censor(reader, whole, lost);
      else if (reader.complete) for (const event of reader.owed()) lost.add(event);
    }
    this.counters.lost = lost.size;
    for (const { events } of this.#streams.values()) {
      for (const { ack, intended_ms } of events) {
        if (ack !== null) continue;
        const phase = this.phases.of(intended_ms, this.#overdueFrom(intended_ms));
        this.trends.append_duration.censor(this.#ended_ms - intended_ms, { phase });
      }
    }
  }

  #append(record: AppendRecord): void {
    this.#appends.set(record.op, record);
    this.#first_due_ms = Math.min(record.intended_ms, this.#first_due_ms ?? record.intended_ms);
    for (const payload of record.payloads) {
      this.#stream(record.stream).sent(payload, record.intended_ms, record.at_ms);
    }
  }

  #appended({ op, outcome, ids, at_ms }: AppendResultRecord): void {
    const append = this.#appends.get(op);
    this.#appends.delete(op);
    if (append === undefined) return;
    const isLast = this.#last_attempts.delete(op);
    const log = this.#stream(append.stream);
    append.payloads.forEach((payload, index) => {
      const event = log.of(payload);
      if (event === null || event.ack !== null) return;
      const id = ids[index];
      if (id !== undefined) this.#acknowledged(log, event, id, at_ms);
      else {
        if (outcome !== 'fail') this.#doubt(event, append.at_ms, at_ms);
        if (isLast) this.#givenUp(event);
      }
    });
  }

  #acknowledged(log: StreamLog, event: EventTimes, id: number, at_ms: number): void {
    log.acknowledged(event, id, at_ms);
    this.counters.published += 1;
    const phase = this.phases.of(event.intended_ms, at_ms);
    this.trends.append_duration.record(at_ms - event.intended_ms, { phase });
    for (const receipt of this.#unacknowledged.get(event) ?? []) this.#receivedAfter(at_ms, receipt);
    this.#unacknowledged.delete(event);
  }

  #doubt(event: EventTimes, sent_ms: number, at_ms: number): void {
    const isExcused = !this.phases.isCalm(sent_ms, at_ms, this.#options.recovery_ms);
    event.doubt = isExcused && event.doubt !== 'unexcused' ? 'excused' : 'unexcused';
  }

  /** Nobody tries again: what may have been taken all the same was not refused. */
  #givenUp({ doubt }: EventTimes): void {
    if (doubt === 'none') this.counters.refused += 1;
    else if (doubt === 'unexcused') this.counters.unanswered += 1;
  }

  #subscribe({ subscription, lineage, stream, mode, cursor, at_ms }: SubscribeRecord): void {
    const attach = this.#attaches.get(subscription);
    this.#attaches.delete(subscription);
    const known = this.#lineages.get(lineage);
    const reader = known ?? new ReaderState(this.#stream(stream), mode, cursor);
    if (known === undefined) {
      this.#lineages.set(lineage, reader);
      if (attach === undefined) reader.wentAway([0, at_ms]);
    }
    this.#subscriptions.set(subscription, reader);
    reader.subscribed();
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
    if (!again || (away !== null && reader.cut_ms === null)) reader.came_for = reader.stream.tail;
    reader.cut_ms = null;
    // What was being replayed when the stream broke is still being waited for since then.
    reader.replay ??= reader.stream.tail > reader.last ? { wanted_ms, through: reader.stream.tail } : null;
  }

  #deliver({ subscription, id, payload, terminal, at_ms }: DeliverRecord): void {
    const reader = this.#subscriptions.get(subscription);
    if (reader === undefined) return;
    const event = reader.stream.of(payload);
    const { again, resumed } = reader.receive(event, id);
    if (reader.mode === 'final') return;
    this.counters.delivered += 1;
    if (terminal) reader.complete = true;
    if (again) {
      if (!resumed || !this.#options.at_least_once) this.counters.duplicated += 1;
      return;
    }
    if (event !== null) this.#received(reader, event, id, at_ms);
    if (reader.replay !== null && id !== null && id >= reader.replay.through) {
      const { wanted_ms } = reader.replay;
      reader.replay = null;
      const duration_ms = at_ms - wanted_ms - reader.awayWithin(wanted_ms, at_ms);
      this.trends.replay_duration.record(duration_ms, { phase: this.phases.of(wanted_ms, at_ms) });
    }
  }

  #received(reader: ReaderState, event: EventTimes, id: number | null, at_ms: number): void {
    const { latency_ms, from_send_ms, tags } = this.#latency(reader, event, at_ms);
    this.trends.event_latency.record(latency_ms, tags);
    this.trends.event_latency_from_send.record(from_send_ms, tags);
    const receipt = { reader, at_ms, tags };
    if (event.ack !== null) this.#receivedAfter(event.ack.at_ms, receipt);
    else this.#unacknowledged.set(event, [...(this.#unacknowledged.get(event) ?? []), receipt]);
    this.series.received(latency_ms, reader.mode);
    this.slo.record(at_ms, latency_ms);
    this.worst.offer({ stream: reader.stream.stream, id, latency_ms, phase: tags.phase, censored: false });
  }

  /** Signed: an event may be received before it is acknowledged. */
  #receivedAfter(acked_ms: number, { reader, at_ms, tags }: Receipt): void {
    const away_ms = reader.awayWithin(acked_ms, at_ms);
    this.trends.event_latency_from_ack.record(at_ms - acked_ms - away_ms, tags);
  }

  /** `judged_ms`: what lies behind it has no part in the phase. */
  #latency(reader: ReaderState, { intended_ms, sent_ms }: EventTimes, at_ms: number, judged_ms = at_ms) {
    const isReplay = reader.awayWithin(intended_ms, judged_ms) > 0;
    const phase: Phase = isReplay ? 'replay' : this.phases.of(intended_ms, judged_ms);
    return {
      latency_ms: at_ms - intended_ms - reader.awayWithin(intended_ms, at_ms),
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

  #censor(reader: ReaderState, whole: boolean, lost: Set<EventTimes>): void {
    const { stream, replay, cut_ms, unanswered_ms, dismissed } = reader;
    const now_ms = this.#ended_ms;
    if (!reader.complete) {
      if (unanswered_ms !== null) this.#censorSpan(this.trends.connect_duration, unanswered_ms);
      if (cut_ms !== null) this.#censorSpan(this.trends.reconnect_gap, cut_ms);
      if (replay !== null) this.#censorSpan(this.trends.replay_duration, replay.wanted_ms);
    }
    for (const event of reader.owed()) {
      const { ack } = event;
      const isPassed = ack.id <= reader.last;
      // Nothing follows a terminal event, and what was acknowledged behind it is for the oracle to judge.
      if (reader.complete && !isPassed) continue;
      const late_ms = this.#overdueFrom(Math.max(event.intended_ms, ack.at_ms));
      const { latency_ms, from_send_ms, tags } = this.#latency(reader, event, now_ms, late_ms);
      this.trends.event_latency.censor(latency_ms, tags);
      this.trends.event_latency_from_send.censor(from_send_ms, tags);
      this.trends.event_latency_from_ack.censor(now_ms - ack.at_ms - reader.awayWithin(ack.at_ms, now_ms), tags);
      this.slo.record(now_ms, latency_ms);
      this.worst.offer({ stream: stream.stream, id: ack.id, latency_ms, phase: tags.phase, censored: true });
      const isOverdue = whole && now_ms - ack.at_ms > this.#options.recovery_ms;
      if (isPassed || dismissed || isOverdue) lost.add(event);
    }
  }

  /** What was not done by then was late already, whatever fault came after. */
  #overdueFrom(due_ms: number): number {
    return Math.min(this.#ended_ms, due_ms + this.#options.latency_budget_ms);
  }

  /** Those that ended before. */
  #censorHeadless(before_ms: number): void {
    for (let [first] = this.#headless; first !== undefined && first.ended_ms < before_ms; [first] = this.#headless) {
      this.#headless.shift();
      const { asked_ms, ended_ms } = first;
      this.trends.connect_duration.censor(ended_ms - asked_ms, { phase: this.phases.of(asked_ms, ended_ms) });
    }
  }

  #censorSpan(trend: Trend, from_ms: number): void {
    trend.censor(this.#ended_ms - from_ms, { phase: this.phases.of(from_ms, this.#ended_ms) });
  }

  #stream(name: string): StreamLog {
    const known = this.#streams.get(name) ?? new StreamLog(name);
    this.#streams.set(name, known);
    return known;
  }
}
