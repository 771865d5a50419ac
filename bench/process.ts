/** A measured part in a process of its own: it is asked, works, and answers. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

type Reply<Answer> = { readonly answer: Answer } | { readonly error: string };

/** The asking side. One question at a time. */
export class BenchProcess<Question extends object, Answer> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;

  /** `name`: the script below `bench/`, without extension. */
  constructor(name: string) {
    const script = fileURLToPath(new URL(`${name}${extname(import.meta.url)}`, import.meta.url));
    this.#name = name;
    this.#child = fork(script, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ask(question: Question): Promise<Answer> {
    const settled = new AbortController();
    const { signal } = settled;
    const answered = once(this.#child, 'message', { signal });
    const exited = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error(`${this.#name}: exited before it answered`);
    });
    this.#child.send(question);
    try {
      const [reply] = (await Promise.race([answered, exited])) as [Reply<Answer>];
      if ('error' in reply) throw new Error(`${this.#name}: ${reply.error}`);
      return reply.answer;
    } finally {
      // The loser of the race is aborted, and nobody waits for it.
      answered.catch(() => undefined);
      exited.catch(() => undefined);
      settled.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** The answering side: the whole of a script's work. Ends with the process that asked. */
export function answerWith(work: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    work(question as never).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('disconnect', () => {
    process.exit();
  });
}
