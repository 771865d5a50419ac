/** For the tests of this folder and of proof/: small servers and a client that sees bytes, not messages. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface TestServer extends AsyncDisposable {
  readonly url: URL;
  /** Server ends of the open connections. */
  readonly sockets: ReadonlySet<Socket>;
}

export async function serve(listener: RequestListener): Promise<TestServer> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    sockets,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A TCP client that keeps what it received, in order, and how it ended. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #parts: Buffer[] = [];
  /** `fin`, or the error's code. */
  end: string | null = null;
  readonly #watchers = new Set<() => void>();

  constructor(url: URL) {
    this.socket = connect({ host: url.hostname, port: Number(url.port), allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (bytes: Buffer) => {
      this.#parts.push(bytes);
      this.#look();
    });
    this.socket.on('end', () => {
      this.end ??= 'fin';
      this.#look();
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.end ??= error.code ?? error.message;
      this.#look();
    });
  }

  get bytes(): Buffer {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? Buffer.alloc(0);
  }

  /** Whether the last bytes are these, without joining what came before. */
  endsWith(text: string): boolean {
    return Buffer.concat(this.#parts.slice(-text.length)).toString('latin1').endsWith(text);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** What follows the first head, as it is on the wire. */
  get wireBody(): string {
    return this.text.slice(this.text.indexOf('\r\n\r\n') + 4);
  }

  /** The body with chunk framing removed, as far as it has arrived. */
  get body(): string {
    let rest = this.wireBody;
    if (!/^transfer-encoding: chunked\r?$/im.test(this.text)) return rest;
    let body = '';
    for (;;) {
      const [line = '', size] = /^([0-9a-f]+)\r\n/.exec(rest) ?? [];
      if (size === undefined) return body;
      body += rest.slice(line.length, line.length + Number.parseInt(size, 16));
      rest = rest.slice(line.length + Number.parseInt(size, 16) + 2);
    }
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  get(path: string, ...headers: string[]): this {
    return this.send([`GET ${path} HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n'));
  }

  async until(predicate: (client: this) => boolean, within_ms = 10_000): Promise<this> {
    await condition(
      () => predicate(this),
      within_ms,
      (look) => {
        this.#watchers.add(look);
        return () => this.#watchers.delete(look);
      },
    );
    return this;
  }

  ended(): Promise<this> {
    return this.until(() => this.end !== null);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Waits for a condition that `watch` says when to look at; rejects when the time is up. */
function condition(holds: () => boolean, within_ms: number, watch: (look: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unwatch();
      reject(new Error(`the condition did not come to hold within ${within_ms} ms`));
    }, within_ms);
    const look = (): void => {
      if (!holds()) return;
      clearTimeout(timer);
      unwatch();
      resolve();
    };
    const unwatch = watch(look);
    look();
  });
}

/** Waits for a condition nobody announces. */
export function eventually(holds: () => boolean, within_ms = 10_000): Promise<void> {
  return condition(holds, within_ms, (look) => {
    const timer = setInterval(look, 5);
    return () => {
      clearInterval(timer);
    };
  });
}

/** An SSE server whose one stream the test writes: `send` reaches every open response. */
export interface TestStream extends TestServer {
  send(text: string): void;
  finish(): void;
  /** Requests so far, with their headers. */
  readonly requests: readonly IncomingMessage[];
  /** Responses still open, as the server knows. */
  readonly open: ReadonlySet<ServerResponse>;
}

export async function serveStream(): Promise<TestStream> {
  const requests: IncomingMessage[] = [];
  const open = new Set<ServerResponse>();
  const server = await serve((req, res) => {
    requests.push(req);
    open.add(res);
    res.on('close', () => open.delete(res));
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' });
    res.flushHeaders();
  });
  return Object.assign(server, {
    requests,
    open,
    send: (text: string) => {
      for (const res of open) res.write(text);
    },
    finish: () => {
      for (const res of open) res.end();
    },
  });
}
