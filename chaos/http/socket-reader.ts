/**
 * Pull reading from a socket: what nobody asks for stays in the kernel, so that backpressure reaches the peer.
 */
import type { Socket } from 'node:net';
import { Cut } from '../fault.ts';

/** Read ahead of the consumer by at most this (and one socket read). */
const READ_AHEAD_BYTES = 64 * 1024;

export class SocketReader {
  readonly #socket: Socket;
  #queue: Buffer[] = [];
  #queued_bytes = 0;
  #end: 'fin' | 'rst' | null = null;
  #wake: (() => void) | null = null;
  /** Called whenever bytes arrive. */
  onArrival: (() => void) | null = null;
  readonly #onData = (bytes: Buffer): void => {
    this.#queue.push(bytes);
    this.#queued_bytes += bytes.length;
    if (this.#queued_bytes >= READ_AHEAD_BYTES) this.#socket.pause();
    this.onArrival?.();
    this.#notify();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', () => {
      this.#finish('fin');
    });
    // After an error or a destroy; a socket that had ended before stays ended.
    socket.on('close', () => {
      this.#finish('rst');
    });
  }

  get queued_bytes(): number {
    return this.#queued_bytes;
  }

  /** Next bytes in order; null after FIN. Throws `Cut('rst')` when the connection broke. One caller at a time. */
  async read(): Promise<Buffer | null> {
    for (;;) {
      const bytes = this.#queue.shift();
      if (bytes !== undefined) {
        this.#queued_bytes -= bytes.length;
        if (this.#queued_bytes < READ_AHEAD_BYTES) this.#socket.resume();
        return bytes;
      }
      if (this.#end === 'fin') return null;
      if (this.#end === 'rst') throw new Cut('rst', 'the peer broke the connection');
      await this.#arrival();
    }
  }

  /**
   * Reads on without taking anything until `enough` says how many bytes to take (negative: not yet) or the peer ended.
   * Until then the bytes stay where `release` finds them. null: the peer ended first.
   */
  async take(enough: (queued: Buffer) => number): Promise<Buffer | null> {
    for (;;) {
      const queued = this.#queue.length === 1 ? this.#queue[0] : Buffer.concat(this.#queue);
      this.#queue = queued === undefined || queued.length === 0 ? [] : [queued];
      const count = queued === undefined ? -1 : enough(queued);
      if (queued !== undefined && count >= 0) {
        this.#queue = [];
        this.#queued_bytes = 0;
        this.unread(queued.subarray(count));
        if (this.#queued_bytes < READ_AHEAD_BYTES) this.#socket.resume();
        return queued.subarray(0, count);
      }
      if (this.#end !== null) return null;
      this.#socket.resume();
      await this.#arrival();
    }
  }

  /** How the peer ended: FIN, anything else, or not yet. */
  get end(): 'fin' | 'rst' | null {
    return this.#end;
  }

  /** Puts bytes back in front. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#queue.unshift(bytes);
    this.#queued_bytes += bytes.length;
  }

  /** Stops reading and hands out what is queued; the socket is the caller's from here. */
  release(): Buffer {
    this.#socket.off('data', this.#onData);
    const rest = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued_bytes = 0;
    return rest;
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #finish(end: 'fin' | 'rst'): void {
    this.#end ??= end;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
