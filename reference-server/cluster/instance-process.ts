/** One instance over its lives: its port stays, its processes come and go. */
import { Child, ClusterError } from './child.ts';
import type { InstanceCalls, Report } from './calls.ts';
import type { Arming } from './pause-points.ts';
import { findPort } from './ports.ts';

export type InstanceState = 'starting' | 'running' | 'paused' | 'stopping' | 'exited';

/** Told of every change; `up` waits so that a started instance is one that requests reach. */
export interface InstanceListener {
  up(index: number, port: number, pid: number): Promise<void>;
  down(index: number): Promise<void>;
  changed(index: number): void;
}

/** A first port that somebody took in the meantime is chosen anew this often. */
const PORT_ATTEMPTS = 5;

export class InstanceProcess {
  readonly index: number;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #listener: InstanceListener;
  /** A restart may wait this long for the old process to drain. */
  readonly #drain_ms: number;
  #child: Child<InstanceCalls> | null = null;
  #port: number | null = null;
  #state: InstanceState = 'exited';
  #starting: Promise<void> | null = null;

  constructor(
    index: number,
    env: Readonly<Record<string, string | undefined>>,
    drain_ms: number,
    listener: InstanceListener,
  ) {
    this.index = index;
    this.#env = env;
    this.#drain_ms = drain_ms;
    this.#listener = listener;
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** Null before the first start. */
  get port(): number | null {
    return this.#port;
  }

  /** Null while there is no process. */
  get pid(): number | null {
    return this.#state === 'exited' ? null : (this.#child?.pid ?? null);
  }

  /** The last that this or the previous process wrote to stderr. */
  get stderr(): string {
    return this.#child?.stderr ?? '';
  }

  /** Resolves when it is ready and the ingress knows; at once when it is running. */
  async start(): Promise<void> {
    if (this.#state === 'running') return;
    if (this.#state === 'paused') throw this.#refusal('start', 'resume it instead');
    if (this.#state === 'stopping') await this.#child?.exited;
    this.#starting ??= this.#launch().finally(() => {
      this.#starting = null;
    });
    await this.#starting;
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#child?.end('SIGKILL', 0);
  }

  /** Resolves when the signal was sent; `restart` and `start` wait for the end of the drain. */
  async terminate(): Promise<void> {
    if (this.#state === 'exited') return;
    if (this.#state === 'paused') throw this.#refusal('terminate', 'resume or kill it');
    this.#set('stopping');
    this.#child?.kill('SIGTERM');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Resolves when the process is gone: drained, or killed where it cannot drain or takes too long. */
  async stop(grace_ms = this.#drain_ms): Promise<void> {
    const child = this.#child;
    if (child === null || this.#state === 'exited') return;
    if (this.#state === 'paused') {
      await this.kill();
      return;
    }
    this.#set('stopping');
    await child.end('SIGTERM', grace_ms);
  }

  /** SIGSTOP, between two store transactions. */
  async pause(): Promise<void> {
    if (this.#state === 'paused') return;
    const child = this.#running('pause');
    try {
      await child.call('holdWrites');
    } catch (error) {
      void child.call('releaseWrites').catch(() => undefined);
      throw error;
    }
    child.kill('SIGSTOP');
    this.#set('paused');
  }

  async resume(): Promise<void> {
    if (this.#state !== 'paused' || this.#child === null) throw this.#refusal('resume', 'pause it first');
    this.#child.kill('SIGCONT');
    this.#set('running');
    await this.#child.call('releaseWrites');
  }

  /** Resolves when the point is armed. */
  async arm(arming: Arming): Promise<void> {
    await this.#running('arm').call('arm', arming);
  }

  /** For the calls that any instance can answer; null when it cannot now. */
  get calls(): Child<InstanceCalls> | null {
    return this.#state === 'running' ? this.#child : null;
  }

  async #launch(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const first = this.#port === null;
      const port = this.#port ?? (await findPort());
      try {
        await this.#spawn(port);
        return;
      } catch (error) {
        const taken = error instanceof ClusterError && error.code === 'EADDRINUSE';
        if (!first || !taken || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  async #spawn(port: number): Promise<void> {
    const reported = (report: Report): void => {
      if (report.type === 'paused' && this.#child === child) this.#set('paused');
    };
    const env = { ...this.#env, PORT: String(port) };
    const child = new Child<InstanceCalls>(`instance ${this.index}`, '../main', env, reported);
    this.#child = child;
    this.#set('starting');
    void child.exited.then(async () => {
      this.#set('exited');
      await this.#listener.down(this.index);
    });
    await child.ready;
    this.#port = port;
    // Killed or told to stop in the same turn.
    if (this.#state !== 'starting') throw new ClusterError('exited', `instance ${this.index} ended while it started`);
    this.#set('running');
    await this.#listener.up(this.index, port, child.pid);
  }

  #set(state: InstanceState): void {
    this.#state = state;
    this.#listener.changed(this.index);
  }

  #running(action: string): Child<InstanceCalls> {
    if (this.#state !== 'running' || this.#child === null) throw this.#refusal(action, 'it must be running');
    return this.#child;
  }

  #refusal(action: string, remedy: string): ClusterError {
    return new ClusterError('wrong_state', `Cannot ${action} instance ${this.index}: it is ${this.#state}; ${remedy}.`);
  }
}
