/** Raw sockets for tests: what leaves and arrives is bytes, in the order they came. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One connection; everything it received, as text of its bytes (latin1). */
export class RawConnection implements AsyncDisposable {
  readonly socket: Socket;
  received = '';
  ended = false;
  #changed: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#tell();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.ended = true;
        this.#tell();
      });
    }
  }

  static async open(port: number, request = ''): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    socket.write(request);
    return connection;
  }

  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }

  /** Waits until the predicate holds; what was received when the connection ended first. */
  async until(predicate: (received: string) => boolean): Promise<string> {
    while (!predicate(this.received)) {
      if (this.ended) throw new Error(`The connection ended first, after ${JSON.stringify(this.received.slice(-500))}`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    return this.received;
  }

  /** Everything until the server closed the connection. */
  async end(): Promise<string> {
    while (!this.ended) await new Promise<void>((resolve) => this.#changed.push(resolve));
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}

/** A request's text; header lines as they are given. */
export function request(method: string, path: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return `${method} ${path} HTTP/1.1\r\n${['Host: test', ...headers, ...length].join('\r\n')}\r\n\r\n${body}`;
}

/** The body of a chunked message; `complete` once the last chunk is there. */
export function dechunk(message: string): { readonly body: string; readonly complete: boolean } {
  let rest = message.slice(message.indexOf('\r\n\r\n') + 4);
  let body = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (line < 0 || rest.length < line + 2 + size + 2) return { body, complete: false };
    if (size === 0) return { body, complete: true };
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
  }
}

/** Ids of the events in a text, in order. */
export function idsOf(text: string): readonly number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
}
