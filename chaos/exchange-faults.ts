/** The faults of one exchange: calls their hooks in order, and takes them on and off while the body flows. */
import type { Body, Fault, FaultContext, ProxyRequest, ProxyResponse } from './fault.ts';
import { Gone } from './fault.ts';
import { Pipeline } from './pipeline.ts';
import { waitFor } from './wait.ts';

/** What the connection lends its faults. */
export interface ExchangeEnvironment {
  readonly exchange: number;
  readonly request: ProxyRequest;
  readonly gone: AbortSignal;
  bite(fault: Fault, detail: string, offset: number | null): void;
  keepTarget(fault: Fault, how: 'drain' | 'silent'): void;
}

interface Armed {
  readonly fault: Fault;
  readonly lifted: AbortController;
  readonly context: FaultContext;
}

export class ExchangeFaults {
  readonly #environment: ExchangeEnvironment;
  readonly #armed = new Map<Fault, Armed>();
  #pipeline: Pipeline | null = null;
  #answer: ProxyResponse['head'] | null = null;

  constructor(environment: ExchangeEnvironment, faults: readonly Fault[]) {
    this.#environment = environment;
    for (const fault of faults) this.#add(fault);
  }

  /** Every request hook in order, until one answers. */
  async request(): Promise<ProxyResponse | undefined> {
    for (const { fault, context } of this.#armed.values()) {
      const answer = await fault.request?.(this.#environment.request, context);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Every response hook in order; the body that comes back also passes the body hooks. */
  async response(response: ProxyResponse): Promise<ProxyResponse> {
    this.#answer = response.head.copy();
    let answer = response;
    for (const { fault, context } of [...this.#armed.values()]) {
      answer = (await fault.response?.(answer, context)) ?? answer;
    }
    this.#pipeline = new Pipeline(answer.body);
    for (const armed of this.#armed.values()) this.#attach(armed, this.#pipeline);
    return { head: answer.head, body: this.#pipeline.bytes() };
  }

  /** A fault armed while the exchange is under way meets the rest of its body. */
  arm(fault: Fault): void {
    const armed = this.#add(fault);
    if (armed !== null && this.#pipeline !== null) this.#attach(armed, this.#pipeline);
  }

  lift(fault: Fault): void {
    this.#armed.get(fault)?.lifted.abort();
    this.#armed.delete(fault);
  }

  #attach(armed: Armed, pipeline: Pipeline): void {
    const { fault, context, lifted } = armed;
    if (fault.body === undefined) return;
    const take = pipeline.add((body: Body) => fault.body?.(body, context) ?? body);
    lifted.signal.addEventListener('abort', take, { once: true });
  }

  #add(fault: Fault): Armed | null {
    const { exchange, request, gone } = this.#environment;
    if (fault.matches?.(request) === false) return null;
    const lifted = new AbortController();
    const answer = (): ProxyResponse['head'] | null => this.#answer;
    const bite = (detail: string, offset?: number): void => {
      this.#environment.bite(fault, detail, offset ?? null);
    };
    const sleep = async (duration_ms: number): Promise<void> => {
      await waitFor(duration_ms, [gone, lifted.signal]);
      if (gone.aborted) throw new Gone('the client left');
    };
    const context: FaultContext = {
      exchange,
      request,
      gone,
      lifted: lifted.signal,
      get answer() {
        return answer();
      },
      bite,
      sleep,
      hold: () => sleep(Infinity),
      keepTarget: (how) => {
        // A hook that was waiting when its fault was lifted comes too late.
        if (!lifted.signal.aborted) this.#environment.keepTarget(fault, how);
      },
    };
    const armed = { fault, lifted, context };
    this.#armed.set(fault, armed);
    return armed;
  }
}
