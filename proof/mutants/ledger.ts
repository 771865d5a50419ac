/**
 * What a proxy can know by looking on: who started a stream, how far it is, whether it ended. A stateful mutant asks
 * it which events are live and which requests are foreign. It changes nothing that passes.
 */
import {
  rewriteItems,
  type Body,
  type Fault,
  type FaultContext,
  type ProxyRequest,
  type WireBlock,
} from '../../chaos/index.ts';
import { terminalStatus } from '../../spec/wire.ts';
import { cursorOf, operationOf, STREAM_MEMBER, streamOf } from './surface.ts';

/** Oldest out beyond. */
const MAX_STREAMS = 20_000;
/** Answers to start and append are smaller. */
const MAX_ANSWER_BYTES = 256 * 1024;

interface StreamFacts {
  /** Credentials of the request that started it; null when that was not seen. */
  owner: string | null;
  /** Highest id acknowledged or delivered. */
  tail: number;
  ended: boolean;
  subscriptions: number;
}

export interface SubscriptionFacts {
  readonly stream: string;
  /** How many subscriptions of the stream came before it. */
  readonly ordinal: number;
  readonly cursor: number;
  /** The stream's tail when it was asked for: what follows is live. */
  readonly tail_at_open: number;
}

/** The id of a block that carries an event; null for any other. */
export function eventId(block: WireBlock): number | null {
  return block.data !== null && block.id !== null && /^\d{1,15}$/.test(block.id) ? Number(block.id) : null;
}

/** Whether the block's event ends its stream. */
export function isTerminal(block: WireBlock): boolean {
  try {
    const event = JSON.parse(block.data ?? '') as { type?: unknown; payload?: unknown } | null;
    return typeof event?.type === 'string' && terminalStatus(event.type, event.payload) !== null;
  } catch {
    // Not JSON: no event of this surface.
    return false;
  }
}

function numbersIn(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

export class Ledger {
  readonly #streams = new Map<string, StreamFacts>();
  readonly #subscriptions = new WeakMap<ProxyRequest, SubscriptionFacts>();

  /** Facts of a stream, from its first mention on. */
  stream(id: string): StreamFacts {
    let facts = this.#streams.get(id);
    if (facts === undefined) {
      facts = { owner: null, tail: 0, ended: false, subscriptions: 0 };
      this.#streams.set(id, facts);
      const [oldest] = this.#streams.keys();
      if (this.#streams.size > MAX_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    }
    return facts;
  }

  /** Somebody else's stream, as far as this ledger saw it start. */
  isForeign(request: ProxyRequest): boolean {
    const owner = this.#streams.get(streamOf(request) ?? '')?.owner ?? null;
    return owner !== null && owner !== request.head.get('authorization');
  }

  subscription(request: ProxyRequest): SubscriptionFacts | null {
    return this.#subscriptions.get(request) ?? null;
  }

  /** Looks on; stands first in the proxy's list. */
  fault(): Fault {
    const watchEvents = rewriteItems('ledger', (context) => {
      const stream = streamOf(context.request);
      return {
        item: (item) => {
          const id = item.kind === 'block' ? eventId(item) : null;
          if (stream !== null && id !== null && item.kind === 'block') {
            const facts = this.stream(stream);
            facts.tail = Math.max(facts.tail, id);
            facts.ended ||= isTerminal(item);
          }
          return [item.raw];
        },
      };
    });
    return {
      ...watchEvents,
      request: (request) => {
        this.#opened(request);
        return undefined;
      },
      response: (response, context) => {
        const operation = operationOf(context.request);
        const ok = response.head.status >= 200 && response.head.status < 300;
        if (!ok || (operation !== 'start' && operation !== 'append')) return response;
        return { head: response.head, body: this.#reading(response.body, context) };
      },
    };
  }

  #opened(request: ProxyRequest): void {
    const stream = streamOf(request);
    if (stream === null || operationOf(request) !== 'subscribe') return;
    const facts = this.stream(stream);
    this.#subscriptions.set(request, {
      stream,
      ordinal: facts.subscriptions,
      cursor: cursorOf(request),
      tail_at_open: facts.tail,
    });
    facts.subscriptions += 1;
  }

  async *#reading(body: Body, context: FaultContext): AsyncGenerator<Buffer, void> {
    const parts: Buffer[] = [];
    let size_bytes = 0;
    // The last piece waits for what it teaches: who has the answer may ask on at once.
    let held: Buffer | null = null;
    for await (const bytes of body) {
      if (held !== null) yield held;
      held = bytes;
      size_bytes += bytes.length;
      if (size_bytes <= MAX_ANSWER_BYTES) parts.push(bytes);
    }
    this.#learn(Buffer.concat(parts).toString('utf8'), context.request);
    if (held !== null) yield held;
  }

  #learn(text: string, request: ProxyRequest): void {
    let answer: Record<string, unknown>;
    try {
      answer = JSON.parse(text) as Record<string, unknown>;
    } catch {
      // Too large, or no JSON: nothing to learn from.
      return;
    }
    const started = answer[STREAM_MEMBER];
    if (operationOf(request) === 'start' && typeof started === 'string') {
      this.stream(started).owner ??= request.head.get('authorization') ?? '';
    }
    const stream = streamOf(request);
    if (stream !== null) {
      const facts = this.stream(stream);
      facts.tail = Math.max(facts.tail, ...numbersIn(answer['ids']));
    }
  }
}
