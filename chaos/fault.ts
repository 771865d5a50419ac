/**
 * What a fault is. A fault looks at one exchange at a time through three optional hooks and bends what passes there;
 * the proxy itself bends nothing. Faults compose: a response passes them in the order they stand in the proxy's list
 * (the first is next to the target), and `body` can be put on and taken off a response that is already flowing.
 */
import type { RequestHead, ResponseHead } from './http/head.ts';

export type Body = AsyncIterable<Buffer>;

/** `fin`: closed in order, but too early. `rst`: reset. */
export type CutKind = 'fin' | 'rst';

/** Thrown through a body where its connection breaks; a fault cuts by throwing one. */
export class Cut extends Error {
  override readonly name = 'Cut';
  readonly kind: CutKind;
  constructor(kind: CutKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Thrown out of a wait when the client has left or the proxy closes. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

export interface ProxyRequest {
  readonly head: RequestHead;
  body: Body;
}

export interface ProxyResponse {
  readonly head: ResponseHead;
  body: Body;
}

/** What a fault may ask of the exchange it stands in. */
export interface FaultContext {
  /** Number of the exchange within its proxy, from 1. */
  readonly exchange: number;
  readonly request: ProxyRequest;
  /** The response as the target gave it, null before there was one. */
  readonly answer: ResponseHead | null;
  /** Aborted when the client half-closes, closes or resets, and when the proxy closes. */
  readonly gone: AbortSignal;
  /** Aborted when the fault is disarmed: stop holding, pass on the rest. */
  readonly lifted: AbortSignal;
  /** The wire shows it: `detail` in words, with the body offset where it did. */
  bite(detail: string, offset?: number): void;
  /** Resolves after that time, or earlier when the fault is lifted. Throws `Gone`. */
  sleep(duration_ms: number): Promise<void>;
  /** Resolves when the fault is lifted. Throws `Gone`. */
  hold(): Promise<void>;
  /** Until the fault is lifted the target is not told that the client left; `drain` goes on reading what it sends. */
  keepTarget(how: 'drain' | 'silent'): void;
}

export interface Fault {
  /** kebab-case; names it in logs and results. */
  readonly name: string;
  /** Which exchanges it meets; all when absent. */
  readonly matches?: (request: ProxyRequest) => boolean;
  /** Before the target is asked. May change the request, or answer in the target's place. */
  readonly request?: (
    request: ProxyRequest,
    context: FaultContext,
  ) => ProxyResponse | undefined | Promise<ProxyResponse | undefined>;
  /** The answer, before any of it went to the client. 1xx answers pass by. */
  readonly response?: (response: ProxyResponse, context: FaultContext) => ProxyResponse | Promise<ProxyResponse>;
  /** The bytes of the answer's body. Must read its input only as fast as its output is taken. */
  readonly body?: (body: Body, context: FaultContext) => Body;
}

/** The same fault, met only by exchanges that satisfy the predicate as well. */
export function only(matches: (request: ProxyRequest) => boolean, fault: Fault): Fault {
  return { ...fault, matches: (request) => (fault.matches?.(request) ?? true) && matches(request) };
}

/** The same fault on event streams alone; other answers pass untouched. */
export function onEventStreams(fault: Fault): Fault {
  const { response, body } = fault;
  return {
    ...fault,
    ...(response && {
      response: (answer, context) => (answer.head.isEventStream ? response(answer, context) : answer),
    }),
    ...(body && { body: (bytes, context) => (context.answer?.isEventStream === true ? body(bytes, context) : bytes) }),
  };
}
