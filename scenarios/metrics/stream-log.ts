/** What was published to one stream and when. */
export interface EventTimes {
  /** When the schedule wanted it sent. */
  readonly intended_ms: number;
  /** When it was really sent first. */
  readonly sent_ms: number;
  acked_ms: number | null;
}

export class StreamLog {
  readonly stream: string;
  /** Highest acknowledged id. */
  tail = 0;
  readonly #byPayload = new Map<string, EventTimes>();
  readonly #byId = new Map<number, EventTimes>();

  constructor(stream: string) {
    this.stream = stream;
  }

  /** A retry has the payload of the first attempt, whose times stand. */
  sent(payload: string, intended_ms: number, sent_ms: number): void {
    if (!this.#byPayload.has(payload)) this.#byPayload.set(payload, { intended_ms, sent_ms, acked_ms: null });
  }

  /** Returns the event when this is its first acknowledgement. */
  acknowledged(payload: string, id: number, at_ms: number): EventTimes | null {
    const event = this.#byPayload.get(payload);
    if (event === undefined || event.acked_ms !== null) return null;
    event.acked_ms = at_ms;
    this.#byId.set(id, event);
    this.tail = Math.max(this.tail, id);
    return event;
  }

  /** An event may be received before its acknowledgement: its payload tells which it is. */
  received(payload: string): EventTimes | null {
    return this.#byPayload.get(payload) ?? null;
  }

  /** Acknowledged under that id. */
  at(id: number): EventTimes | null {
    return this.#byId.get(id) ?? null;
  }
}
