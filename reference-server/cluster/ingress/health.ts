/**
 * Which instances are suspected of being away. A suspicion only moves an instance to the end of the order, it never
 * refuses a request: a wrong one costs a detour, not an answer. It ends when `GET /readyz` says 200.
 */
import { get } from 'node:http';

const PROBE_PAUSE_MS = 250;
const PROBE_TIMEOUT_MS = 1000;
/** A thousand silent long-polls ask for one probe, not for a thousand. */
const VERDICT_LASTS_MS = 1000;

export interface Health {
  /** The same indexes, suspects last; the order within each part stays. */
  order(indexes: readonly number[]): readonly number[];
  /** Known to be away, or answered as if: probe it until it is ready. */
  suspect(index: number): void;
  /** Silent, which may be legal: suspect it only when a probe fails. `away` is called in that case. */
  doubt(index: number, away?: () => void): void;
  /** Known to be ready. */
  trust(index: number): void;
  close(): void;
}

/** Resolves, never rejects: false for refused, silent past the bound, or any answer but 200. */
function isReady(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    // Not AbortSignal.timeout within AbortSignal.any: Node 20 may collect it before it fires, and a probe never ended.
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false, signal });
    const timer = setTimeout(() => request.destroy(new Error('silent')), PROBE_TIMEOUT_MS);
    request.once('close', () => {
      clearTimeout(timer);
    });
    request.once('response', (response) => {
      response.once('error', () => {
        resolve(false);
      });
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => {
      resolve(false);
    });
  });
}

/** `ports` by instance index; null while an instance has none. */
export function createHealth(ports: () => readonly (number | null)[]): Health {
  const suspects = new Set<number>();
  const timers = new Map<number, NodeJS.Timeout>();
  /** Who waits for the verdict of a probe under way; one instance never has two probes. */
  const waiting = new Map<number, (() => void)[]>();
  const ready_at_ms = new Map<number, number>();
  const stop = new AbortController();

  function trust(index: number): void {
    suspects.delete(index);
    clearTimeout(timers.get(index));
  }

  async function probe(index: number): Promise<void> {
    const port = ports()[index] ?? null;
    const ready = port !== null && (await isReady(port, stop.signal));
    const callbacks = waiting.get(index) ?? [];
    waiting.delete(index);
    if (stop.signal.aborted) return;
    if (ready) {
      ready_at_ms.set(index, performance.now());
      trust(index);
      return;
    }
    suspects.add(index);
    clearTimeout(timers.get(index));
    timers.set(index, setTimeout(startProbe, PROBE_PAUSE_MS, index).unref());
    for (const away of callbacks) away();
  }

  function startProbe(index: number, away?: () => void): void {
    const callbacks = waiting.get(index);
    if (callbacks === undefined) {
      waiting.set(index, away === undefined ? [] : [away]);
      void probe(index);
    } else if (away !== undefined) {
      callbacks.push(away);
    }
  }

  return {
    order: (indexes) =>
      suspects.size === 0
        ? indexes
        : [...indexes.filter((index) => !suspects.has(index)), ...indexes.filter((index) => suspects.has(index))],
    suspect(index) {
      if (suspects.has(index)) return;
      suspects.add(index);
      startProbe(index);
    },
    doubt(index, away) {
      if (performance.now() - (ready_at_ms.get(index) ?? -Infinity) > VERDICT_LASTS_MS) startProbe(index, away);
    },
    trust,
    close() {
      stop.abort();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
