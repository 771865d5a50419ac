/**
 * One request on its way through the ingress: which instances it tries, and its bytes in both directions.
 *
 * What may be tried again elsewhere: anything of which nothing was sent; a GET, HEAD or OPTIONS without a body until
 * the first byte of an answer went to the client. An append that was sent may have taken effect, so when its instance
 * dies the client's connection is reset: a 503 would claim to know.
 */
import type { Socket } from 'node:net';
import type { BodyFraming } from './body-framing.ts';
import { requestFraming, responseFraming } from './body-framing.ts';
import type { Health } from './health.ts';
import { hasToken, headEnd, headForNextHop, parseResponseHead, type RequestHead } from './http-head.ts';
import { MalformedHead } from './http-head.ts';
import { Upstream, type UpstreamUser } from './upstream.ts';

export interface ExchangeContext {
  /** Port of each instance; null while it has none. */
  readonly ports: () => readonly (number | null)[];
  readonly health: Health;
  readonly connect_timeout_ms: number;
  /** Three heartbeats: an SSE upstream that is silent for longer is cut. */
  readonly silence_ms: number;
  /** A client that takes nothing for this long, while there is something for it, is let go. */
  readonly stall_limit_ms: number;
  /** Largest response head that is passed on. */
  readonly head_bytes: number;
}

/**
 * `keep`: the client's connection can take its next request. `close`: the answer was the last on it.
 * `reset`: the client must see that something broke. `unavailable`: no instance took the request.
 */
export type ExchangeEnd = 'keep' | 'close' | 'reset' | 'unavailable';

const NOTHING = Buffer.alloc(0);

export class Exchange implements UpstreamUser {
  readonly sse: boolean;
  readonly #context: ExchangeContext;
  readonly #client: Socket;
  readonly #head: RequestHead;
  readonly #kept: Map<number, Upstream>;
  readonly #finish: (end: ExchangeEnd) => void;
  readonly #order: number[];
  readonly #request: BodyFraming;
  /** Safe to send twice. */
  readonly #repeatable: boolean;
  /** Body bytes that arrived before the upstream was there. */
  #held: Buffer[] = [];
  #upstream: Upstream | null = null;
  #sent = false;
  /** Bytes of an unfinished response head. */
  #partial: Buffer = NOTHING;
  #response: BodyFraming | null = null;
  #upstream_persists = false;
  #client_persists = false;
  #over = false;

  /** `kept`: this client's idle connections by instance; taken from and given back to. */
  constructor(
    context: ExchangeContext,
    client: Socket,
    head: RequestHead,
    order: readonly number[],
    kept: Map<number, Upstream>,
    finish: (end: ExchangeEnd) => void,
  ) {
    this.#context = context;
    this.#client = client;
    this.#head = head;
    this.#order = [...order];
    this.#kept = kept;
    this.#finish = finish;
    this.#request = requestFraming(head);
    this.#repeatable = this.#request.done && ['GET', 'HEAD', 'OPTIONS'].includes(head.method);
    this.sse =
      head.method === 'GET' && (/\/stream(?:$|\?)/.test(head.target) || hasToken(head, 'accept', 'text/event-stream'));
  }

  start(): void {
    this.#tryNext();
  }

  /** Request bytes from the client; returns how many belong to this request. Throws `MalformedHead`. */
  fromClient(bytes: Buffer): number {
    const taken = this.#request.take(bytes);
    const body = bytes.subarray(0, taken);
    if (taken === 0 || this.#over) return taken;
    if (!this.#sent) {
      this.#held.push(body);
      this.#client.pause();
    } else if (this.#upstream?.write(body) === false) {
      this.#client.pause();
    }
    return taken;
  }

  /** The client's buffer is empty again. */
  clientDrained(): void {
    this.#client.setTimeout(0);
    this.#upstream?.resume();
  }

  /** The client has left. */
  abandon(): void {
    this.#over = true;
    this.#upstream?.destroy();
    this.#upstream = null;
  }

  connected(): void {
    this.#send();
  }

  drained(): void {
    this.#client.resume();
  }

  received(bytes: Buffer): void {
    try {
      if (this.#response === null) this.#relayHead(bytes);
      else this.#relayBody(this.#response, bytes, NOTHING);
    } catch (error) {
      if (!(error instanceof MalformedHead)) throw error;
      this.#end('reset');
    }
  }

  silent(): void {
    const upstream = this.#upstream;
    if (upstream === null) return;
    if (!this.#sent) {
      this.#retry(upstream);
    } else if (upstream.paused) {
      // The client is slow and holds its own upstream; that silence is no sign of the instance.
      upstream.watch(this.#context.silence_ms);
    } else if (!this.sse) {
      // A long-poll is silent in its own right: only a failed probe tells it from an instance that is gone.
      upstream.watch(this.#context.silence_ms);
      this.#context.health.doubt(upstream.index, () => {
        if (this.#upstream === upstream && this.#response === null && this.#repeatable) this.#retry(upstream);
      });
    } else if (this.#response === null) {
      this.#retry(upstream);
    } else {
      this.#context.health.doubt(upstream.index);
      this.#end('reset');
    }
  }

  ended(clean: boolean): void {
    const upstream = this.#upstream;
    if (upstream === null) return;
    if (this.#response !== null) {
      this.#upstream_persists = false;
      this.#end(clean && this.#response.until_close ? 'close' : 'reset');
    } else if (!this.#sent || this.#repeatable) {
      // A kept connection may have been closed while idle: the instance itself deserves a fresh one.
      if (upstream.reused) this.#order.unshift(upstream.index);
      else this.#context.health.suspect(upstream.index);
      this.#upstream = null;
      this.#tryNext();
    } else {
      if (!upstream.reused) this.#context.health.suspect(upstream.index);
      this.#end('reset');
    }
  }

  #retry(upstream: Upstream): void {
    this.#context.health.suspect(upstream.index);
    upstream.destroy();
    this.#upstream = null;
    this.#tryNext();
  }

  #tryNext(): void {
    this.#sent = false;
    this.#partial = NOTHING;
    for (;;) {
      const index = this.#order.shift();
      if (index === undefined) {
        this.#end(this.sse ? 'reset' : 'unavailable');
        return;
      }
      const kept = this.#kept.get(index);
      this.#kept.delete(index);
      if (kept?.usable === true) {
        this.#upstream = kept;
        kept.lend(this);
        this.#send();
        return;
      }
      const port = this.#context.ports()[index] ?? null;
      if (port === null) continue;
      this.#upstream = new Upstream(index, port);
      this.#upstream.lend(this);
      this.#upstream.watch(this.#context.connect_timeout_ms);
      return;
    }
  }

  #send(): void {
    const upstream = this.#upstream;
    if (upstream === null) return;
    this.#sent = true;
    upstream.watch(this.#context.silence_ms);
    const head = headForNextHop(this.#head, this.#head.minor_version === 1 ? 'keep-alive' : 'close');
    const drained = upstream.write(this.#held.length === 0 ? head : Buffer.concat([head, ...this.#held]));
    this.#held = [];
    if (drained) this.#client.resume();
  }

  /** Collects the head, decides what becomes of the answer, and passes on head and first body bytes in one write. */
  #relayHead(bytes: Buffer): void {
    let searched = this.#partial.length;
    let received = searched === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    this.#partial = NOTHING;
    for (;;) {
      const end = headEnd(received, searched);
      if (end === -1) {
        if (received.length > this.#context.head_bytes) throw new MalformedHead('the response head is too long');
        this.#partial = received;
        return;
      }
      const head = parseResponseHead(received.subarray(0, end));
      if (head.status >= 200) {
        const upstream = this.#upstream;
        // Any answer but 200 ends an EventSource for good; another instance, or a broken connection, does not.
        if (this.sse && head.status >= 500 && upstream !== null) {
          this.#retry(upstream);
          return;
        }
        this.#response = responseFraming(head, this.#head.method);
        this.#upstream_persists = !this.#response.until_close && !hasToken(head, 'connection', 'close');
        if (!this.sse) upstream?.watch(0);
        this.#client_persists =
          this.#request.done &&
          !this.#response.until_close &&
          this.#head.minor_version === 1 &&
          !hasToken(this.#head, 'connection', 'close');
        const next_head = headForNextHop(head, this.#client_persists ? 'keep-alive' : 'close');
        this.#relayBody(this.#response, received.subarray(end), next_head);
        return;
      }
      this.#client.write(received.subarray(0, end));
      received = received.subarray(end);
      searched = 0;
    }
  }

  #relayBody(response: BodyFraming, bytes: Buffer, head: Buffer): void {
    const taken = response.take(bytes);
    const body = bytes.subarray(0, taken);
    const drained = this.#client.write(head.length === 0 ? body : Buffer.concat([head, body]));
    if (response.done) {
      if (taken < bytes.length) this.#upstream_persists = false;
      this.#end(this.#client_persists ? 'keep' : 'close');
    } else if (!drained) {
      this.#upstream?.pause();
      // That its instance gives it up cannot be seen behind what is held back. Whatever it takes starts the time anew.
      this.#client.setTimeout(this.#context.stall_limit_ms);
    }
  }

  #end(end: ExchangeEnd): void {
    const upstream = this.#upstream;
    this.#over = true;
    this.#upstream = null;
    if (upstream !== null) {
      if (this.#upstream_persists && this.#request.done && this.#response?.done === true) {
        upstream.release();
        this.#kept.set(upstream.index, upstream);
      } else {
        upstream.destroy();
      }
    }
    this.#finish(end);
  }
}
