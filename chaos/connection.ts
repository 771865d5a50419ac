/**
 * One client connection and the one target connection that belongs to it. Exchanges pass one after another; what is
 * no HTTP/1.1 passes as it is. How one side ends, the other side ends: FIN as FIN, reset as reset.
 */
import { connect, type Socket } from 'node:net';
import { now } from '../harness/clock.ts';
import { ExchangeFaults } from './exchange-faults.ts';
import { Cut, Gone, type CutKind, type Fault, type ProxyRequest, type ProxyResponse } from './fault.ts';
import { frame, frameEnd, requestFraming, responseFraming, type Framing } from './http/framing.ts';
import { RequestHead, ResponseHead } from './http/head.ts';
import { FramingError, readBody, readHead } from './http/message-reader.ts';
import { SocketReader } from './http/socket-reader.ts';
import { resetAfterWrites, send } from './http/socket-writer.ts';
import type { LoggedEnd, LoggedExchange, ProxyLog } from './proxy-log.ts';
import { tunnel } from './tunnel.ts';

/** A head that is not whole after this is passed on as it is: the other side has its own clock for it. */
const PARTIAL_HEAD_MS = 50;
/** How long bytes that were sent before a reset may take to leave. */
const FLUSH_BEFORE_RESET_MS = 1_000;

export interface ConnectionHost {
  readonly target: { readonly host: string; readonly port: number };
  readonly log: ProxyLog;
  readonly faults: readonly Fault[];
  failed(error: unknown): void;
}

interface LiveExchange {
  readonly logged: LoggedExchange;
  readonly request: ProxyRequest;
  readonly faults: ExchangeFaults;
}

/** The connection is handed over to a tunnel. */
class NotHttp extends Error {}

export class ProxyConnection {
  readonly #host: ConnectionHost;
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #fromClient: SocketReader;
  readonly #fromTarget: SocketReader;
  readonly #gone = new AbortController();
  #live: LiveExchange | null = null;
  #uploading = false;
  /** The faults that hide the client's leaving; the latest says how. */
  readonly #keepers = new Map<Fault, 'drain' | 'silent'>();
  /** The client has gone; its target may be kept. */
  #left = false;
  #clientReset = false;
  /** The exchanges are over; what is left to close is being closed. */
  #broken = false;
  #abandon: (reason: Error) => void = () => undefined;

  constructor(host: ConnectionHost, client: Socket) {
    this.#host = host;
    this.#client = client;
    this.#target = connect({ ...host.target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    this.#fromClient = new SocketReader(client);
    this.#fromTarget = new SocketReader(this.#target);
  }

  /** Resolves when both sockets are closed. */
  async run(): Promise<void> {
    const closed = [this.#client, this.#target].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once('close', () => {
            resolve();
          });
        }),
    );
    const abandoned = new Promise<never>((_, reject) => {
      this.#abandon = reject;
    });
    this.#follow();
    try {
      await Promise.race([this.#exchanges(), abandoned]);
    } catch (error) {
      await this.#break(error);
    }
    await Promise.all(closed);
  }

  arm(fault: Fault): void {
    this.#live?.faults.arm(fault);
  }

  lift(fault: Fault): void {
    this.#live?.faults.lift(fault);
    if (!this.#keepers.delete(fault)) return;
    // The target is told now what was hidden from it.
    if (this.#left) this.#leave();
    else if (!this.#broken) this.#passEnd();
  }

  /** Cuts the exchange under way, when there is one that matches. Returns its log entry. */
  sever(kind: CutKind, matches: (request: ProxyRequest) => boolean): LoggedExchange | null {
    if (this.#live === null || !matches(this.#live.request)) return null;
    this.#abandon(new Cut(kind, 'severed'));
    return this.#live.logged;
  }

  close(): void {
    this.#keepers.clear();
    this.#gone.abort();
    this.#abandon(new Gone('the proxy closes'));
    this.#client.destroy();
    this.#target.destroy();
  }

  /** Passes on how a side ends while no exchange would notice. */
  #follow(): void {
    const client = this.#client;
    const target = this.#target;
    client.on('error', () => {
      this.#clientReset = true;
    });
    // What the error was is told by the end of the exchange; 'close' follows and passes it on.
    target.on('error', () => undefined);
    client.on('end', () => {
      this.#gone.abort();
      this.#passEnd();
    });
    client.on('close', () => {
      this.#gone.abort();
      this.#abandon(new Gone('the client left'));
    });
    // A target that speaks unasked (a 408 on a silent connection) is passed on as it is.
    target.on('data', () => {
      if (this.#live === null && !this.#broken) this.#abandon(new NotHttp());
    });
    target.on('end', () => {
      if (this.#live === null && !this.#broken) client.end();
    });
    target.on('close', (hadError: boolean) => {
      if (this.#live !== null || this.#broken) return;
      if (hadError) void resetAfterWrites(client, FLUSH_BEFORE_RESET_MS);
      else client.end();
    });
  }

  /** The client's FIN goes on once everything before it did. */
  #passEnd(): void {
    const all = this.#fromClient.end === 'fin' && this.#fromClient.queued_bytes === 0 && !this.#uploading;
    if (all && this.#keepers.size === 0) this.#target.end();
  }

  async #exchanges(): Promise<void> {
    let goesOn = true;
    while (goesOn) {
      const bytes = await this.#head(this.#fromClient);
      if (bytes === null) {
        this.#passEnd();
        return;
      }
      const head = RequestHead.parse(bytes);
      const framing = head === null ? null : requestFraming(head);
      if (head === null || framing === null) {
        this.#fromClient.unread(bytes);
        throw new NotHttp();
      }
      goesOn = (await this.#exchange(head, framing)) && this.#fromTarget.end === null;
    }
    this.#client.end();
    this.#target.end();
    this.#discardClient();
  }

  /** Whether the connection goes on after it. */
  async #exchange(head: RequestHead, framing: Framing): Promise<boolean> {
    const trailers: string[] = [];
    const request: ProxyRequest = { head, body: readBody(this.#fromClient, framing, trailers) };
    const logged = this.#host.log.open(head);
    const faults = new ExchangeFaults(
      {
        exchange: logged.number,
        request,
        gone: this.#gone.signal,
        bite: (fault, detail, offset) => {
          this.#host.log.bite(fault, logged, detail, offset);
        },
        keepTarget: (fault, how) => {
          this.#keepers.delete(fault);
          this.#keepers.set(fault, how);
        },
      },
      this.#host.faults,
    );
    this.#live = { logged, request, faults };
    const given = await faults.request();
    const upload = this.#upload(request, framing, trailers, given === undefined ? this.#target : null);
    const responseTrailers: string[] = [];
    const answer = await faults.response(given ?? (await this.#response(head.method, responseTrailers)));
    const goesOn = await this.#answer(answer, head.method, logged, responseTrailers);
    this.#host.log.end(logged, 'complete');
    this.#live = null;
    // An answer before the end of its request: the client may still be sending.
    if (goesOn && this.#fromTarget.end === null) await upload;
    return goesOn;
  }

  /** The target's answer; 1xx before it go straight to the client. */
  async #response(method: string, trailers: string[]): Promise<ProxyResponse> {
    for (;;) {
      const bytes = await this.#head(this.#fromTarget);
      if (bytes === null) throw new Cut(this.#fromTarget.end ?? 'rst', 'the target closed without an answer');
      const head = ResponseHead.parse(bytes);
      const framing = head === null ? null : responseFraming(head, method);
      if (head === null || framing === null || head.status === 101) {
        this.#fromTarget.unread(bytes);
        throw new NotHttp();
      }
      if (head.status >= 200) return { head, body: readBody(this.#fromTarget, framing, trailers) };
      await this.#sendClient(bytes);
    }
  }

  /** Whether the connection may go on after it. */
  async #answer(answer: ProxyResponse, method: string, logged: LoggedExchange, trailers: string[]): Promise<boolean> {
    const framing = responseFraming(answer.head, method) ?? { kind: 'close' };
    logged.status = answer.head.status;
    logged.headers_ms = now();
    await this.#sendClient(answer.head.toBuffer());
    for await (const piece of answer.body) {
      await this.#sendClient(frame(framing, piece));
      logged.response_bytes += framing.kind === 'none' ? 0 : piece.length;
    }
    await this.#sendClient(frameEnd(framing, trailers));
    return framing.kind !== 'close' && !answer.head.hasToken('connection', 'close');
  }

  /** Sends the request on; a null target takes the body and forgets it. */
  async #upload(request: ProxyRequest, framing: Framing, trailers: string[], target: Socket | null): Promise<void> {
    this.#uploading = true;
    const pass = async (bytes: Buffer): Promise<void> => {
      if (target !== null) await send(target, bytes);
    };
    try {
      await pass(request.head.toBuffer());
      for await (const piece of request.body) await pass(frame(framing, piece));
      await pass(frameEnd(framing, trailers));
    } catch (error) {
      // A request that breaks off is the target's to judge: it has what there was.
      if (error instanceof FramingError) {
        await pass(error.rest);
        this.#abandon(new NotHttp());
      } else if (!(error instanceof Cut || error instanceof Gone)) {
        this.#abandon(error instanceof Error ? error : new Error(String(error)));
      }
    } finally {
      this.#uploading = false;
      this.#passEnd();
    }
  }

  async #head(reader: SocketReader): Promise<Buffer | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      reader.onArrival = () => {
        timer ??= setTimeout(resolve, PARTIAL_HEAD_MS, 'late');
      };
    });
    const bytes = await Promise.race([readHead(reader), late]).finally(() => {
      reader.onArrival = null;
      clearTimeout(timer);
    });
    if (bytes === 'late' || (bytes === null && reader.queued_bytes > 0)) throw new NotHttp();
    return bytes;
  }

  async #sendClient(bytes: Buffer): Promise<void> {
    if (!this.#client.writable) throw new Gone('the client left');
    await send(this.#client, bytes);
  }

  async #break(error: unknown): Promise<void> {
    const logged = this.#live?.logged;
    this.#live = null;
    this.#broken = true;
    if (error instanceof NotHttp || error instanceof FramingError) {
      if (logged !== undefined) this.#host.log.end(logged, 'tunnel');
      if (error instanceof FramingError) await send(this.#client, error.rest);
      tunnel(this.#client, this.#fromClient, this.#target, this.#fromTarget);
      return;
    }
    if (logged !== undefined) this.#host.log.end(logged, this.#endOf(error));
    if (error instanceof Gone) {
      this.#leave();
      return;
    }
    if (error instanceof Cut && error.kind === 'fin') {
      this.#client.end();
      this.#discardClient();
      this.#target.destroy();
      return;
    }
    if (!(error instanceof Cut)) this.#host.failed(error);
    this.#target.resetAndDestroy();
    await resetAfterWrites(this.#client, FLUSH_BEFORE_RESET_MS);
  }

  #endOf(error: unknown): LoggedEnd {
    if (error instanceof Gone) return 'client';
    return error instanceof Cut ? error.kind : 'failed';
  }

  /** The client has left: the target is told the same way, unless a fault keeps it. */
  #leave(): void {
    this.#left = true;
    this.#client.destroy();
    const kept = [...this.#keepers.values()].at(-1);
    if (kept === undefined) {
      if (this.#clientReset) this.#target.resetAndDestroy();
      else this.#target.destroy();
      return;
    }
    this.#fromTarget.release();
    if (kept === 'drain') this.#target.resume();
    else this.#target.pause();
  }

  /** Nothing more is taken from the client; read on, so that its FIN is seen. */
  #discardClient(): void {
    this.#fromClient.release();
    this.#client.resume();
  }
}
