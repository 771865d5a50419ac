/**
 * Subjects side by side, each lane a thread: what measures the time of one subject must not be late because another
 * one's client is busy.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../reference-server/start-worker.ts';
import type { SubjectVerdict } from './judge-subject.ts';

/** `stop`: what is being judged ends soon, and is answered. */
export type Order = 'stop' | { readonly name: string; readonly full: boolean; readonly seed: number };

export interface Lane {
  /** One at a time. Rejects when the thread broke. */
  judge(order: Exclude<Order, 'stop'>): Promise<SubjectVerdict>;
}

function laneOf(worker: Worker): Lane {
  const exited = once(worker, 'exit').then(() => {
    throw new Error('its thread has ended');
  });
  // Heard of by whoever asks next.
  exited.catch(() => undefined);
  return {
    async judge(order) {
      worker.postMessage(order);
      const answered = once(worker, 'message') as Promise<[SubjectVerdict]>;
      const [verdict] = await Promise.race([answered, exited]);
      return verdict;
    },
  };
}

export class Lanes implements AsyncDisposable {
  readonly all: readonly Lane[];
  readonly #workers: readonly Worker[];

  constructor(count: number, signal: AbortSignal) {
    this.#workers = Array.from({ length: count }, (_, index) =>
      startWorker('./lane-worker', import.meta.url, { name: `lane-${index}` }),
    );
    this.all = this.#workers.map(laneOf);
    signal.addEventListener('abort', () => {
      for (const worker of this.#workers) worker.postMessage('stop' satisfies Order);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
