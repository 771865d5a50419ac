/** The load process as its coordinator holds it. */
import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deferred } from '../../../harness/deferred.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

export type Done = Extract<FromWorker, { readonly kind: 'done' }>;
export type Started = Extract<FromWorker, { readonly kind: 'started' }>;
export type Batch = Extract<FromWorker, { readonly kind: 'batch' }>;

/** The load could not begin or broke off. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Called synchronously, in the order of what happened. */
export interface LoadListeners {
  readonly onStarted: (started: Started) => void;
  readonly onBatch: (batch: Batch) => void;
}

export class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #started = deferred<null>();
  readonly #done = deferred<Done>();
  readonly #failure = deferred<LoadFailed>();
  readonly #exited: Promise<void>;

  constructor({ onStarted, onBatch }: LoadListeners) {
    const script = fileURLToPath(new URL(`worker${extname(import.meta.url)}`, import.meta.url));
    // Structured clones: JSON would turn what is no number into null.
    this.#child = fork(script, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#exited = new Promise((resolve) => {
      // It never came to be, so it will not exit.
      this.#child.once('error', () => {
        if (this.#child.pid === undefined) resolve();
      });
      this.#child.once('exit', (code, signal) => {
        this.#failure.resolve(new LoadFailed('load-broke', `the load process ended early (${signal ?? String(code)})`));
        resolve();
      });
    });
    this.#child.on('error', (error) => {
      this.#failure.resolve(new LoadFailed('load-broke', `the load process: ${error.message}`));
    });
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'batch') onBatch(message);
      else if (message.kind === 'started') {
        onStarted(message);
        this.#started.resolve(null);
      } else if (message.kind === 'done') this.#done.resolve(message);
      else this.#failure.resolve(new LoadFailed(message.reason, message.message));
    });
  }

  tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** @throws LoadFailed */
  async started(): Promise<void> {
    await this.#orFailure(this.#started.promise);
  }

  /** @throws LoadFailed */
  async done(): Promise<Done> {
    return this.#orFailure(this.#done.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #orFailure<Value>(awaited: Promise<Value>): Promise<Value> {
    const failed = this.#failure.promise.then((failure): never => {
      throw failure;
    });
    return await Promise.race([awaited, failed]);
  }
}
