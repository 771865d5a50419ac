/** Ending one instance and bringing it back. Whatever happens in between, it is started when the check ends. */
import type { Exchange } from '../../harness/client/exchange.ts';
import { now } from '../../harness/clock.ts';
import type { Lab } from '../../harness/lab.ts';
import { BRING_BACK_INTERVAL_MS } from '../../harness/timeouts.ts';
import { eventually } from './eventually.ts';
import { unknownStream } from './unknown-stream.ts';

/** To be called before an instance is ended: starting one that runs does nothing. */
export function startAtTheEnd(lab: Lab, instance: number): void {
  const start = lab.hook('start');
  lab.defer(() => start(instance));
}

/** SIGKILL; resolves when the process is gone. */
export async function killInstance(lab: Lab, instance: number): Promise<void> {
  startAtTheEnd(lab, instance);
  await lab.hook('kill')(instance);
}

async function answers(
  lab: Lab,
  instance: number,
  ask: () => Promise<Exchange>,
  wanted: (status: number) => boolean,
): Promise<void> {
  const { holds, seen } = await eventually(lab, ask, ({ status }) => wanted(status), lab.target.times.recovery_ms);
  const answer = seen.status === 0 ? `not answer (${seen.end})` : `answer ${seen.status}`;
  lab.given(holds, 'no-answer', `instance ${instance} did ${answer} after its start`);
}

/** Starts the instance and waits until it answers anything at all. */
export async function bootInstance(lab: Lab, instance: number): Promise<void> {
  const start = lab.hook('start');
  let started_ms = Number.NEGATIVE_INFINITY;
  const ask = async (): Promise<Exchange> => {
    // Again while nothing listens: one that came while the old process was still going found it running.
    if (now() - started_ms > BRING_BACK_INTERVAL_MS) {
      await start(instance);
      started_ms = now();
    }
    return lab.http({ method: 'GET', path: '/' }, { via: instance, account: null });
  };
  await answers(lab, instance, ask, (status) => status > 0);
}

/** And until it serves: one that listens before its store is connected answers 5xx until then, which is its right. */
export async function startInstance(lab: Lab, instance: number): Promise<void> {
  await bootInstance(lab, instance);
  const { dialect } = lab.target;
  const unknown = unknownStream(lab);
  const request = dialect.operations.has('poll') ? dialect.poll(unknown) : dialect.subscribe(unknown);
  await answers(
    lab,
    instance,
    () => lab.http(request, { via: instance }),
    (status) => status > 0 && status < 500,
  );
}

export async function restartInstance(lab: Lab, instance: number): Promise<void> {
  await killInstance(lab, instance);
  await startInstance(lab, instance);
}

/**
 * Where the target has pause points, the instance will die at this one; elsewhere nothing happens and the check's own
 * kill comes a moment later. Either way the check kills afterwards, which a dead process does not mind.
 */
export async function diesAt(lab: Lab, instance: number, point: string, stream: string): Promise<void> {
  startAtTheEnd(lab, instance);
  await lab.target.hooks.arm?.(instance, { point, stream, action: 'kill' });
}
