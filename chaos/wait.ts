/** Waits that end early, without leaving timers or listeners behind. */

/** Resolves after that time, or at once when a signal fires. `Infinity` waits for the signals alone. */
export function waitFor(duration_ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) {
      resolve();
      return;
    }
    const timer = Number.isFinite(duration_ms) ? setTimeout(done, duration_ms) : null;
    function done(): void {
      if (timer !== null) clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    }
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
  });
}
