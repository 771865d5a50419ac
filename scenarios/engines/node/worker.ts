/** Entry of the load process: nothing else runs in it, so that its clock readings are its own. */
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DIALECTS } from '../../../harness/dialects/index.ts';
import { now } from '../../../harness/clock.ts';
import { Load, LoadRefused, type Finish } from './load.ts';
import { Outbox, OutboxFull, tell } from './outbox.ts';
import type { LoadHealth, ToWorker } from './protocol.ts';
import { Session } from './session.ts';

const RESOLUTION_MS = 10;

const eventLoop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const over = new AbortController();
/** Of a load that was not let come to its end. */
const CUT_SHORT: Finish = { waiting: [], unread: 0 };
// Every exchange under way listens to it.
setMaxListeners(0, over.signal);
/** Set once the load runs. */
let onFinish: (() => void) | null = null;

function health(load: Load, began_ms: number, cpu: NodeJS.CpuUsage): LoadHealth {
  const used = process.cpuUsage(cpu);
  const lag = load.lag.select();
  return {
    schedule_lag_p99_ms: lag.count === 0 ? 0 : lag.percentile(99),
    // The histogram counts the timer's own interval in.
    event_loop_delay_p99_ms: Math.max(0, eventLoop.percentile(99) / 1e6 - RESOLUTION_MS),
    cpu_percent: (used.user + used.system) / 1_000 / (now() - began_ms) / 0.01,
    unsent: load.unsent,
  };
}

async function run(begin: Extract<ToWorker, { readonly kind: 'begin' }>): Promise<void> {
  const { target, workload, seed, duration_ms } = begin;
  const dialect = Object.entries(DIALECTS).find(([name]) => name === target.dialect)?.[1];
  if (dialect === undefined)
    throw new LoadRefused(`the load process knows no dialect ${JSON.stringify(target.dialect)}`);
  const session = new Session(target, dialect, over.signal);
  const load = new Load({ session, workload, seed, duration_ms });
  const began_ms = now();
  const cpu = process.cpuUsage();
  eventLoop.enable();
  const finishing = new Promise<void>((resolve) => {
    onFinish = resolve;
    over.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  await load.begin();
  await tell({ kind: 'started', streams: load.streams, began_ms });
  const outbox = new Outbox(session);
  const sending = outbox.run();
  const work = async () => {
    await finishing;
    if (!over.signal.aborted) return await load.finish();
    await load.stopped();
    return CUT_SHORT;
  };
  // An outbox that cannot go on ends the load.
  const finish = await Promise.race([work(), sending.then(() => CUT_SHORT)]);
  outbox.close();
  await sending;
  await tell({ kind: 'done', health: health(load, began_ms, cpu), ...finish });
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'finish') onFinish?.();
  else if (message.kind === 'stop') over.abort();
  else {
    run(message).then(
      () => {
        process.disconnect();
      },
      (error: unknown) => {
        const isExpected = error instanceof LoadRefused || error instanceof OutboxFull;
        const text =
          error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
        const reason = isExpected ? 'load-refused' : 'load-broke';
        void tell({ kind: 'failed', reason, message: text }).then(() => {
          process.disconnect();
        });
      },
    );
  }
});
// Without its coordinator the load has no purpose. Ctrl-C reaches the whole group: the coordinator decides.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
