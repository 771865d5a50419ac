/** For what tells no event of its own: looks again and again until it holds, or the bound has passed. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../../harness/clock.ts';
import type { Lab } from '../../harness/lab.ts';
import { PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';

/** The last look; `holds` tells whether it was the one that was waited for. */
export async function eventually<Seen>(
  { signal }: Pick<Lab, 'signal'>,
  look: () => Promise<Seen>,
  wanted: (seen: Seen) => boolean,
  within_ms: number,
): Promise<{ readonly holds: boolean; readonly seen: Seen }> {
  const until_ms = now() + within_ms;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return { holds: true, seen };
    if (now() >= until_ms) return { holds: false, seen };
    await delay(PROBE_INTERVAL_MS, undefined, { signal });
  }
}
