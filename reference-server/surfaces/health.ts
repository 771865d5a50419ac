/** What operators and load balancers ask. */
import type { Answer, Lifecycle, OperationName, Seams } from '../seams.ts';
import { json, retryAfter } from './answers.ts';
import type { Runtime } from './runtime.ts';

/** A store that does not answer within this is not reachable. */
const PING_TIMEOUT_MS = 1000;

export function createLifecycle(parts: Pick<Seams, 'store'>, drain_order: Lifecycle['drain_order']): Lifecycle {
  return {
    drain_order,
    refuseStream: () => null,
    async ready({ draining }) {
      return !draining && (await answers(parts.store.ping()));
    },
  };
}

async function answers(ping: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, PING_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([
      ping.then(
        () => true,
        () => false,
      ),
      timeout,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

export async function answerHealth({ seams, state }: Runtime, operation: OperationName): Promise<Answer | null> {
  switch (operation) {
    case 'healthz':
      return json(200, '{"status":"ok"}');
    case 'readyz':
      if (await seams.lifecycle.ready(state)) return json(200, '{"status":"ready"}');
      return seams.failure('unavailable', 'This instance takes no new work.', { headers: retryAfter });
    case 'metrics': {
      const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' };
      return { status: 200, headers, body: await seams.exposition() };
    }
    default:
      return null;
  }
}
