/**
 * The body of one response on its way through its faults. Faults can be put on and taken off while it flows, without
 * losing, doubling or reordering a byte.
 */
import type { Body } from './fault.ts';

type Step = IteratorResult<Buffer, unknown>;

/**
 * Hands a source to one reader after another. A read that was under way when the reader changed belongs to the next.
 */
class Relay {
  readonly #source: AsyncIterator<Buffer, unknown>;
  #pending: Promise<Step> | null = null;
  #endView: () => void = () => undefined;

  constructor(source: Body) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** A reader of everything from here on; readers before it are at their end. */
  view(): Body {
    this.#endView();
    let ended = false;
    let wake: () => void = () => undefined;
    this.#endView = () => {
      ended = true;
      wake();
    };
    const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
      if (ended) return { done: true, value: undefined };
      const pending = (this.#pending ??= this.#source.next());
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        pending.then(() => {
          resolve();
        }, reject);
      });
      // The view may have ended during the wait: then the bytes are the next reader's.
      if (ended as boolean) return { done: true, value: undefined };
      const step = await pending;
      // A finished source stays finished for every later view.
      if (step.done === true) return { done: true, value: undefined };
      this.#pending = null;
      return { done: false, value: step.value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  endView(): void {
    this.#endView();
  }
}

/** A fault's transform of a body. `lift` takes it off again: it passes on what it held, then nothing more of it. */
class Stage {
  readonly #relay: Relay;
  #lifted = false;

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  lift(): void {
    this.#lifted = true;
    this.#relay.endView();
  }

  async *bytes(transform: (body: Body) => Body): AsyncGenerator<Buffer, void> {
    if (!this.#isLifted()) yield* transform(this.#relay.view());
    if (this.#isLifted()) yield* this.#relay.view();
  }

  #isLifted(): boolean {
    return this.#lifted;
  }
}

export class Pipeline {
  #outlet: Relay;

  constructor(source: Body) {
    this.#outlet = new Relay(source);
  }

  /** Puts a transform behind those that are there; the answer takes it off. */
  add(transform: (body: Body) => Body): () => void {
    // A stage begins to read when it is first read: end the outlet's view now, or it would take bytes past the stage.
    this.#outlet.endView();
    const stage = new Stage(this.#outlet);
    this.#outlet = new Relay(stage.bytes(transform));
    return () => {
      stage.lift();
    };
  }

  async *bytes(): AsyncGenerator<Buffer, void> {
    let outlet: Relay;
    do {
      outlet = this.#outlet;
      yield* outlet.view();
    } while (outlet !== this.#outlet);
  }
}
