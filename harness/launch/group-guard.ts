import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Kills process groups when this process ends, however it ends: a shell of its own session reads our list of groups
 * from a pipe and, when the pipe closes (also after SIGKILL to us), kills those on the last list it was given.
 */
export class GroupGuard {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | null = null;

  watch(group: number): void {
    this.#groups.add(group);
    this.#tell();
  }

  forget(group: number): void {
    this.#groups.delete(group);
    this.#tell();
  }

  close(): void {
    this.#shell?.stdin?.end();
    this.#shell = null;
  }

  #tell(): void {
    this.#shell ??= startShell();
    this.#shell.stdin?.write(`${[...this.#groups].join(' ')}\n`);
  }
}

function startShell(): ChildProcess {
  const script = 'while read -r line; do groups=$line; done; for group in $groups; do kill -s KILL -- "-$group"; done';
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // A broken pipe means that the shell is gone; there is nobody left to tell.
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return shell;
}
