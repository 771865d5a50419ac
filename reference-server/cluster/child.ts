/** A child process of the supervisor: ready, calls, exit as promises; what it wrote to stderr, bounded. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Calls, Reply, Report } from './calls.ts';

/** A child, or the cluster as a whole, cannot do what was asked; `code` is the child's own where it gave one. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const STDERR_KEPT_CHARS = 16_384;
const CALL_TIMEOUT_MS = 10_000;
/** Generous: a busy machine takes a while. */
const READY_TIMEOUT_MS = 60_000;

/** Killed with this process, stopped ones too, whatever way it exits by itself. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Children are always the built ones: bundled, they start in a third of the time that loading the source takes. */
const BESIDE = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/reference-server/cluster/child.js', import.meta.url)
  : import.meta.url;

function entryPath(name: string): string {
  return fileURLToPath(new URL(`${name}.js`, BESIDE));
}

export class Child<Methods extends Calls<Methods>> {
  readonly pid: number;
  /** The port it listens on. Rejects with `ClusterError` when it ended before. */
  readonly ready: Promise<number>;
  readonly exited: Promise<ChildExit>;
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #calls = new Map<number, (reply: Reply) => void>();
  #next_call = 1;
  #stderr = '';

  /** `entry` relative to this file, without extension. `reported` gets what the child says after it is ready. */
  constructor(
    name: string,
    entry: string,
    env: Readonly<Record<string, string | undefined>>,
    reported: (report: Report) => void,
  ) {
    this.#name = name;
    const child = fork(entryPath(entry), [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#process = child;
    this.pid = child.pid ?? 0;
    living.add(child);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT_CHARS);
    });
    this.exited = new Promise((resolve) => {
      // `close` comes after the last of stderr, and also after a failed spawn.
      child.once('close', (code, signal) => {
        living.delete(child);
        resolve({ code, signal });
        for (const [id, settle] of this.#calls) settle({ type: 'reply', id, error: 'it has exited' });
      });
    });
    this.ready = this.#whenReady(child);
    child.on('message', (message: Report | Reply) => {
      if (message.type === 'reply') this.#calls.get(message.id)?.(message);
      else reported(message);
    });
  }

  /** The last it wrote to stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits for the child's answer. Rejects with `ClusterError` when it failed, exited or is silent. */
  call<Name extends keyof Methods & string>(
    method: Name,
    ...args: Parameters<Methods[Name]>
  ): ReturnType<Methods[Name]> {
    const id = this.#next_call;
    this.#next_call += 1;
    const answer = new Promise((resolve, reject) => {
      const settle = ({ value, error }: Reply): void => {
        clearTimeout(timer);
        this.#calls.delete(id);
        if (error === undefined) resolve(value);
        else reject(new ClusterError('call_failed', `${this.#name}: ${method} failed: ${error}`));
      };
      const timer = setTimeout(() => {
        settle({ type: 'reply', id, error: `no answer within ${CALL_TIMEOUT_MS} ms` });
      }, CALL_TIMEOUT_MS);
      this.#calls.set(id, settle);
      this.#process.send({ type: 'call', id, method, args }, (error) => {
        if (error !== null) settle({ type: 'reply', id, error: error.message });
      });
    });
    return answer as ReturnType<Methods[Name]>;
  }

  /** Resolves when it is gone; kills it when it has not left after `grace_ms`. */
  async end(signal: NodeJS.Signals, grace_ms: number): Promise<void> {
    this.kill(signal);
    const timer = setTimeout(() => {
      this.kill('SIGKILL');
    }, grace_ms);
    await this.exited;
    clearTimeout(timer);
  }

  #whenReady(child: ChildProcess): Promise<number> {
    const ready = new Promise<number>((resolve, reject) => {
      let failed: ClusterError | null = null;
      const timer = setTimeout(() => {
        failed = new ClusterError('not_ready', `${this.#name} was not ready within ${READY_TIMEOUT_MS} ms`);
        child.kill('SIGKILL');
      }, READY_TIMEOUT_MS);
      child.on('message', (message: Report | Reply) => {
        if (message.type === 'ready') {
          clearTimeout(timer);
          resolve(message.port);
        } else if (message.type === 'failed') {
          failed = new ClusterError(message.code, message.message);
        }
      });
      child.once('error', (error) => {
        failed = new ClusterError('not_started', `${this.#name} cannot be started: ${error.message}`);
      });
      void this.exited.then(({ code, signal }) => {
        clearTimeout(timer);
        const how = signal ?? `code ${code ?? 'none'}`;
        reject(
          failed ?? new ClusterError('exited', `${this.#name} exited (${how}) before it was ready\n${this.#stderr}`),
        );
      });
    });
    // Whoever starts a child awaits this; a child that is killed while starting may have nobody waiting.
    ready.catch(() => undefined);
    return ready;
  }
}
