/** One connection to an instance, used by one exchange at a time and kept for the next of the same client. */
import { connect, type Socket } from 'node:net';

/** Whoever uses the connection at the moment. */
export interface UpstreamUser {
  connected(): void;
  received(bytes: Buffer): void;
  drained(): void;
  /** Nothing came for the time given to `watch`. */
  silent(): void;
  /** It is gone; `clean` when the instance closed it in order. Called once. */
  ended(clean: boolean): void;
}

export class Upstream {
  readonly index: number;
  /** It has carried an earlier exchange: the instance may have closed it while it was idle. */
  reused = false;
  readonly #socket: Socket;
  #user: UpstreamUser | null = null;
  #gone = false;

  constructor(index: number, port: number) {
    this.index = index;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
      .on('connect', () => this.#user?.connected())
      .on('data', (bytes: Buffer) => {
        // Bytes nobody asked for would be taken for the answer to the next request.
        if (this.#user === null) this.destroy();
        else this.#user.received(bytes);
      })
      .on('drain', () => this.#user?.drained())
      .on('timeout', () => this.#user?.silent())
      .on('end', () => {
        this.#end(true);
      })
      .on('error', () => {
        this.#end(false);
      })
      .on('close', () => {
        this.#end(false);
      });
  }

  get usable(): boolean {
    return !this.#gone && !this.#socket.destroyed;
  }

  /** Reading was stopped because the client is slow. */
  get paused(): boolean {
    return this.#socket.isPaused();
  }

  lend(user: UpstreamUser): void {
    this.#user = user;
  }

  /** Keeps the connection for a later exchange. */
  release(): void {
    this.#user = null;
    this.reused = true;
    this.watch(0);
    this.resume();
  }

  /** Reports silence longer than this; 0 stops. Every call starts anew. */
  watch(silence_ms: number): void {
    this.#socket.setTimeout(silence_ms);
  }

  /** False: hold on until `drained`. */
  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.paused) this.#socket.resume();
  }

  /** Without telling the user. */
  destroy(): void {
    this.#gone = true;
    this.#user = null;
    this.#socket.destroy();
  }

  #end(clean: boolean): void {
    if (this.#gone) return;
    const user = this.#user;
    this.destroy();
    user?.ended(clean);
  }
}
