/** What a server does by itself, besides producing: hear the store's hints, poll beneath them, forget what is over. */
import { reasonOf } from './log.ts';
import type { Runtime } from './surfaces/runtime.ts';

/** Three looks within the time a revocation may take. */
const REVOCATION_CHECKS = 3;
const SWEEP_MS = { least: 1000, most: 60_000 } as const;

/** Returns how to stop. */
export function startUpkeep({ config, seams, topics, log }: Runtime): () => void {
  const checkKeys = (): void => {
    seams.revocations.check().catch((error: unknown) => {
      log('warn', 'revoked keys could not be looked for, it is tried again', { reason: reasonOf(error) });
    });
  };
  const sweep = (): void => {
    seams.store.sweep(seams.clock.now_ms() - config.job_ttl_s * 1000).catch((error: unknown) => {
      log('warn', 'finished streams could not be removed, it is tried again', { reason: reasonOf(error) });
    });
  };
  const unsubscribe = seams.store.onChange((change) => {
    if (change.kind === 'keys') checkKeys();
    seams.wake.hinted(topics, change);
  });
  const sweep_ms = Math.min(SWEEP_MS.most, Math.max(SWEEP_MS.least, (config.job_ttl_s * 1000) / 10));
  const timers = [
    setInterval(() => {
      seams.wake.polled(topics);
    }, config.store_poll_ms),
    setInterval(checkKeys, Math.max(10, config.revocation_ms / REVOCATION_CHECKS)),
    setInterval(sweep, sweep_ms),
  ];
  return () => {
    unsubscribe();
    for (const timer of timers) clearInterval(timer);
  };
}
