/** Reads a body with a deadline; a read that came too late for one deadline is the next read's answer. */
import type { Body } from './fault.ts';

type Step = IteratorResult<Buffer, unknown>;

export class PatientReader {
  readonly #source: AsyncIterator<Buffer, unknown>;
  #pending: Promise<Step> | null = null;

  constructor(body: Body) {
    this.#source = body[Symbol.asyncIterator]();
  }

  /** The next bytes; null at the end; `late` when none came within the time (Infinity: waits). */
  async next(within_ms: number): Promise<Buffer | null | 'late'> {
    const pending = (this.#pending ??= this.#source.next());
    let timer: NodeJS.Timeout | undefined;
    const answers: Promise<Step | 'late'>[] = [pending];
    if (Number.isFinite(within_ms)) {
      answers.push(
        new Promise((resolve) => {
          timer = setTimeout(resolve, Math.max(0, within_ms), 'late');
        }),
      );
    }
    const step = await Promise.race(answers).finally(() => {
      clearTimeout(timer);
    });
    if (step === 'late') return 'late';
    if (step.done === true) return null;
    this.#pending = null;
    return step.value;
  }
}
