import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PROBE_INTERVAL_MS, PROBE_TIMEOUT_MS, START_TIMEOUT_MS, STOP_TIMEOUT_MS } from '../timeouts.ts';
import type { GroupGuard } from './group-guard.ts';

export interface InstanceCommand {
  readonly index: number;
  /** Runs in a shell, in a process group of its own. */
  readonly command: string;
  readonly ready: URL;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Hides the secrets in what the process said, before an error quotes it. */
  readonly hide: (text: string) => string;
}

/** The process could not be started, or did not become ready. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}

/** Enough of the output to see why a process did not come up. */
const KEPT_OUTPUT_CHARACTERS = 4_096;

/** One instance of the target as a process group that we own. */
export class InstanceProcess {
  readonly #command: InstanceCommand;
  readonly #guard: GroupGuard;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #output = '';
  #ending = false;

  constructor(command: InstanceCommand, guard: GroupGuard) {
    this.#command = command;
    this.#guard = guard;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** Starts it, after the one before has gone; resolves when it is ready. Nothing where it runs and was not told to end. */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.running && !this.#ending) return;
    await this.#gone(STOP_TIMEOUT_MS);
    this.#ending = false;
    const { command, cwd, env } = this.#command;
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const group = child.pid;
    if (group === undefined)
      throw new LaunchError(`instance ${String(this.#command.index)}: no shell could be started`);
    this.#child = child;
    this.#output = '';
    this.#guard.watch(group);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT_CHARACTERS);
      });
    }
    this.#ended = once(child, 'exit').then(async () => {
      await groupGone(group);
      this.#child = null;
      this.#guard.forget(group);
    });
    await this.#becomeReady(child, signal);
  }

  /** SIGKILL to the whole group; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#gone(STOP_TIMEOUT_MS);
  }

  /** Sends a signal to the group; a group that is gone already is no error. */
  signal(name: NodeJS.Signals): void {
    const group = this.#child?.pid;
    if (group === undefined) return;
    if (name === 'SIGKILL' || name === 'SIGTERM') this.#ending = true;
    try {
      process.kill(-group, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #gone(within_ms: number): Promise<void> {
    const timer = new AbortController();
    const late = delay(within_ms, 'late', { signal: timer.signal, ref: false }).catch(() => 'cancelled');
    const first = await Promise.race([this.#ended, late]);
    timer.abort();
    if (first === 'late') {
      throw new LaunchError(`instance ${String(this.#command.index)} did not exit within ${String(within_ms)} ms`);
    }
  }

  #said(): string {
    // Where the beginning was dropped, the first line may be the rest of a secret.
    const whole = this.#output.length < KEPT_OUTPUT_CHARACTERS;
    return this.#command.hide(whole ? this.#output : this.#output.replace(/^.*\n?/, '')).trim();
  }

  async #becomeReady(child: ChildProcess, signal?: AbortSignal): Promise<void> {
    const { index, ready } = this.#command;
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadline) {
      signal?.throwIfAborted();
      if (this.#child !== child) {
        throw new LaunchError(`instance ${String(index)} exited before it was ready. It said: ${this.#said()}`);
      }
      if (await answersReady(ready)) return;
      await delay(PROBE_INTERVAL_MS);
    }
    throw new LaunchError(
      `instance ${String(index)}: ${ready.href} did not answer 2xx within ${String(START_TIMEOUT_MS)} ms. ` +
        `It said: ${this.#said()}`,
    );
  }
}

/** The shell may end before what it ran: waits until no process of the group is left, within the stop timeout. */
async function groupGone(group: number): Promise<void> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (performance.now() < deadline) {
    try {
      process.kill(-group, 0);
    } catch {
      // ESRCH: nobody is left.
      return;
    }
    await delay(PROBE_INTERVAL_MS);
  }
}

/** One look: does the URL answer 2xx? */
export async function answersReady(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), redirect: 'manual' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Refused, reset or silent: not ready yet.
    return false;
  }
}
