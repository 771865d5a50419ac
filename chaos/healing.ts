/** Hooks that may fail, and bringing back what one of them took away: a failed hook must not leave an instance down. */
import { now } from '../harness/clock.ts';
import { BRING_BACK_INTERVAL_MS, RECOVERY_TIMEOUT_MS } from '../harness/timeouts.ts';
import { answersAgain } from './probe.ts';

/** What went wrong, in words for the evidence; null when nothing did. */
export async function failureOf(name: string, hook: () => Promise<void>): Promise<string | null> {
  try {
    await hook();
    return null;
  } catch (error) {
    return `${name} failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export interface Healing {
  readonly healed_ms: number | null;
  /** How the first attempt failed, where it did. */
  readonly failure: string | null;
}

/** Calls the hook until it has worked or the instance answers, for as long as that may take to come back. */
export async function bringBack(name: string, hook: () => Promise<void>, url: URL): Promise<Healing> {
  const ends_ms = now() + RECOVERY_TIMEOUT_MS;
  let first: string | null = null;
  for (;;) {
    const failure = await failureOf(name, hook);
    first ??= failure;
    const healed_ms = await answersAgain(url, failure === null ? RECOVERY_TIMEOUT_MS : BRING_BACK_INTERVAL_MS);
    if (healed_ms !== null || failure === null || now() >= ends_ms) return { healed_ms, failure: first };
  }
}
