/**
 * Kills at seeded moments around an operation, for servers without pause points: over many tries the kill falls before
 * the request, between request and acknowledgement, and after it. Each try says which window it hit.
 */
import type { Target } from '../harness/target.ts';
import type { Random } from '../spec/random.ts';
import { kill, type ProcessEnd } from './process-faults.ts';
import { waitFor } from './wait.ts';

/** How far past the acknowledgement the sweep reaches. */
const SWEEP_PAST_ACK_MS = 50;

export type KillWindow = 'before-send' | 'sent-unacked' | 'acked';

/** One operation as its sender saw it. */
export interface Attempt {
  readonly sent_ms: number;
  /** null: no acknowledgement came. */
  readonly acked_ms: number | null;
}

export interface SweptKill {
  /** From the start of the operation to the kill, as drawn. */
  readonly delay_ms: number;
  readonly window: KillWindow;
  readonly attempt: Attempt;
  readonly fault: ProcessEnd;
}

export interface KillSweepOptions {
  readonly target: Target;
  /** Which instance to kill in a try, e.g. the stream's owner. */
  readonly instance: () => number | Promise<number>;
  readonly random: Random;
  readonly tries: number;
  /** Sends one operation; resolves also when it fails. Called once more beforehand, unharmed, to learn its duration. */
  readonly operate: (attempt: number) => Promise<Attempt>;
  readonly down_ms?: number;
}

/** Where a kill fell, by the clock of the one who sent. */
export function windowOf(attempt: Attempt, killed_ms: number): KillWindow {
  if (killed_ms < attempt.sent_ms) return 'before-send';
  return attempt.acked_ms !== null && attempt.acked_ms <= killed_ms ? 'acked' : 'sent-unacked';
}

/** Runs the tries one after another; each ends healed, or the sweep ends there. */
export async function killSweep(options: KillSweepOptions): Promise<SweptKill[]> {
  const { target, random, operate, down_ms } = options;
  const rehearsal = await operate(0);
  const typical_ms = Math.max(0, (rehearsal.acked_ms ?? rehearsal.sent_ms) - rehearsal.sent_ms);
  const kills: SweptKill[] = [];
  for (let number = 1; number <= options.tries; number += 1) {
    const delay_ms = random.fork(`kill-sweep:${number}`).next() * (typical_ms + SWEEP_PAST_ACK_MS);
    const instance = await options.instance();
    let attempting: Promise<Attempt> | undefined;
    const aim = async (): Promise<void> => {
      attempting = operate(number);
      await waitFor(delay_ms, []);
    };
    const fault = await kill({ target, instance, aim, ...(down_ms !== undefined && { down_ms }) });
    const attempt = (await attempting) ?? { sent_ms: fault.at_ms, acked_ms: null };
    kills.push({ delay_ms, window: windowOf(attempt, fault.broke_ms ?? fault.at_ms), attempt, fault });
    if (fault.healed_ms === null) break;
  }
  return kills;
}
