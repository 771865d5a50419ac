/** Appends to a service that an instance has just left. */
import type { AppendEvent } from '../../harness/dialects/dialect.ts';
import type { AppendResult, Lab, Route, StreamHandle } from '../../harness/lab.ts';
import type { DeclaredTimes } from '../../harness/target.ts';
import { eventually } from './eventually.ts';

/** Until then a lease of the dead is over and what depends on it serves again (rows DUR-11, OPS-08). */
export function takenOverWithin({ lease_ttl_ms, recovery_ms }: DeclaredTimes): number {
  return lease_ttl_ms + recovery_ms;
}

/**
 * The first append that is taken, or the last try. A server may refuse one for a while, consuming nothing; an unknown
 * outcome is tried again where a key makes it happen once.
 */
export async function appendedAgain(
  lab: Lab,
  stream: StreamHandle,
  events: readonly AppendEvent[],
  route: Route,
  idempotency_key?: string,
): Promise<AppendResult> {
  const options = idempotency_key === undefined ? {} : { idempotency_key };
  const isOver = ({ outcome }: AppendResult): boolean =>
    outcome === 'ok' || (outcome === 'unknown' && idempotency_key === undefined);
  const append = (): Promise<AppendResult> => lab.tryAppend(stream, events, options, route);
  return (await eventually(lab, append, isOver, takenOverWithin(lab.target.times))).seen;
}
