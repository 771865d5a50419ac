import { setTimeout as delay } from 'node:timers/promises';
import { CLEANUP_TIMEOUT_MS } from '../timeouts.ts';

/** What must happen when a check ends, last in first out. */
export class Cleanup {
  readonly #steps: (() => Promise<void> | void)[] = [];

  defer(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Runs all steps whatever happens to each, together within one bound. Returns what went wrong. */
  async run(within_ms = CLEANUP_TIMEOUT_MS): Promise<string[]> {
    const problems: string[] = [];
    const timer = new AbortController();
    const late = delay(within_ms, 'late' as const, { signal: timer.signal }).catch(() => 'done' as const);
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        const outcome = await Promise.race([Promise.resolve(step()).then(() => 'done' as const), late]);
        if (outcome === 'late') {
          problems.push(`a step and ${String(this.#steps.length)} after it did not end within ${String(within_ms)} ms`);
          break;
        }
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    timer.abort();
    return problems;
  }
}
