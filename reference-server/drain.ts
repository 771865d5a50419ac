/** How a server stops: step by step on SIGTERM, or at once. The order of the steps is a seam, the steps are here. */
import type { Server } from 'node:http';
import { reasonOf } from './log.ts';
import type { DrainStep } from './seams.ts';
import type { Runtime } from './surfaces/runtime.ts';

export interface Drain {
  drain(): Promise<void>;
  close(): Promise<void>;
}

export function createDrain(runtime: Runtime, server: Server, stopUpkeep: () => void): Drain {
  const { config, seams, log, producers, long_polls, subscriptions, state } = runtime;
  const steps: Readonly<Record<DrainStep, () => Promise<void>>> = {
    async unready() {
      state.draining = true;
    },
    async producers() {
      // A lease that cannot be given back runs out by itself.
      await within(config.drain_grace_ms, producers.close());
    },
    async polls() {
      long_polls.finishAll();
    },
    async streams() {
      const notice = seams.encoder.retry(config.retry_ms) + seams.encoder.padding();
      await within(config.drain_grace_ms, subscriptions.finishAll(notice));
    },
    listener: () => closeListener(server, config.drain_grace_ms),
    locks: () => seams.locks.close(),
    async store() {
      stopUpkeep();
      await seams.store.close();
    },
  };
  const attempt = async (step: DrainStep): Promise<void> => {
    try {
      await steps[step]();
    } catch (error) {
      log('error', 'a step of the drain failed, the next ones go on', { step, reason: reasonOf(error) });
    }
  };

  let stopped: Promise<void> | null = null;
  const stopBy = (order: readonly DrainStep[]): Promise<void> => {
    stopped ??= (async () => {
      for (const step of order) await attempt(step);
      // Whatever the order left out must not outlive the server.
      subscriptions.close();
      stopUpkeep();
      await producers.close();
    })();
    return stopped;
  };
  return {
    drain: () => stopBy(seams.lifecycle.drain_order),
    close() {
      server.closeAllConnections();
      return stopBy(['unready', 'polls', 'producers', 'listener', 'locks', 'store']);
    },
  };
}

/** New connections are refused, idle ones closed; requests under way get the grace, then their sockets are destroyed. */
async function closeListener(server: Server, grace_ms: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  if (!(await within(grace_ms, closed))) server.closeAllConnections();
  await closed;
}

/** False when the time was over first. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true as const), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
