/** Ending one instance and bringing it back. Whatever happens in between, it is started when the check ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../../harness/clock.ts';
import type { Lab } from '../../harness/lab.ts';
import { PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';

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

/** Starts the instance and waits until it answers anything at all. */
export async function startInstance(lab: Lab, instance: number): Promise<void> {
  const until_ms = now() + lab.target.times.recovery_ms;
  await lab.hook('start')(instance);
  for (;;) {
    const { status } = await lab.http({ method: 'GET', path: '/' }, { via: instance, account: null });
    if (status > 0) return;
    lab.given(now() < until_ms, 'no-answer', `instance ${instance} did not answer after its start`);
    await delay(PROBE_INTERVAL_MS, undefined, { signal: lab.signal });
  }
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
