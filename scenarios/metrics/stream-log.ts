/**
 * What was published to one stream and when. An event is known by its payload, not by its id: an id may be given away
 * a second time, and the event that it was acknowledged for first is lost all the same.
 */
export interface EventTimes {
  /** Its place among the events of the stream, in the order of sending. */
  readonly index: number;
  /** When the schedule wanted it sent. */
  readonly intended_ms: number;
  /** When it was really sent first. */
  readonly sent_ms: number;
  /** Its first acknowledgement; null while there was none. */
  ack: { readonly id: number; readonly at_ms: number } | null;
  /** An attempt ended so that nobody knows whether it was taken. `excused`: a fault may have cut off each such one. */
  doubt: 'none' | 'excused' | 'unexcused';
}

export class StreamLog {
  readonly stream: string;
  readonly events: EventTimes[] = [];
  readonly #byPayload = new Map<string, EventTimes>();
  /** Ascending. */
  readonly #acknowledged_ids: number[] = [];

  constructor(stream: string) {
    this.stream = stream;
  }

  /** Highest acknowledged id; 0 before the first. */
  get tail(): number {
    return this.#acknowledged_ids.at(-1) ?? 0;
  }

  /** A retry has the payload of the first attempt, whose times stand. */
  sent(payload: string, intended_ms: number, sent_ms: number): void {
    if (this.#byPayload.has(payload)) return;
    const event: EventTimes = { index: this.events.length, intended_ms, sent_ms, ack: null, doubt: 'none' };
    this.events.push(event);
    this.#byPayload.set(payload, event);
  }

  /** The first acknowledgement of one of its events. */
  acknowledged(event: EventTimes, id: number, at_ms: number): void {
    event.ack = { id, at_ms };
    this.#acknowledged_ids.splice(this.#positionAfter(id), 0, id);
  }

  /** null: nothing that was published here. */
  of(payload: string): EventTimes | null {
    return this.#byPayload.get(payload) ?? null;
  }

  /** How many acknowledged events stand behind that id. Ids need not be dense. */
  countAfter(id: number): number {
    return this.#acknowledged_ids.length - this.#positionAfter(id);
  }

  #positionAfter(id: number): number {
    let low = 0;
    let high = this.#acknowledged_ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#acknowledged_ids[middle] ?? 0) <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
