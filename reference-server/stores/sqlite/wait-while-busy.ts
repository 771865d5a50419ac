/**
 * Waiting for the write lock. SQLite's own busy handler sleeps up to 100 ms at a time, which starves a process whose
 * neighbour commits one group after the other; short sleeps find the gap between two groups.
 */
import { isBusy } from './driver.ts';
import { WRITE_RETRY_FIRST_MS, WRITE_RETRY_LONGEST_MS } from './limits.ts';

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread, so never for the main one. Throws SQLite's busy error once the time is over. */
export function waitWhileBusy<T>(timeout_ms: number, attempt: () => T): T {
  const deadline_ms = performance.now() + timeout_ms;
  for (let pause_ms = WRITE_RETRY_FIRST_MS; ; pause_ms = Math.min(pause_ms * 1.1, WRITE_RETRY_LONGEST_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline_ms) throw error;
    }
    Atomics.wait(sleeper, 0, 0, pause_ms);
  }
}
