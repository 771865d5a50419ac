/**
 * Holds writes between transactions. A process that is stopped inside a SQLite transaction keeps the file's lock and
 * blocks every other writer; that is the operator's mistake and no property of the service, so pauses avoid it.
 */
import type { Compose } from '../seams.ts';

export class WriteGate {
  #under_way = 0;
  #held = false;
  #waiting: (() => void)[] = [];
  #quiet: (() => void)[] = [];

  /** Resolves when no write is under way; none begins until `release`, however often it was held. */
  async hold(): Promise<void> {
    this.#held = true;
    if (this.#under_way > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  release(): void {
    this.#held = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Runs a write when the gate is open. */
  async run<Value>(write: () => Promise<Value>): Promise<Value> {
    while (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#under_way += 1;
    try {
      return await write();
    } finally {
      this.#under_way -= 1;
      if (this.#under_way === 0) for (const settle of this.#quiet.splice(0)) settle();
    }
  }
}

type Method = (...args: never[]) => Promise<unknown>;

/** The same object, the named methods through the gate. */
function gated<Target extends object>(target: Target, writes: readonly (keyof Target)[], gate: WriteGate): Target {
  const wrapped = writes.map((name) => {
    const write = target[name] as Method;
    return [name, (...args: never[]) => gate.run(() => write.apply(target, args))] as const;
  });
  return { ...target, ...Object.fromEntries(wrapped) };
}

/** Everything that writes to the store or the lease table goes through the gate. */
export function gateWrites(gate: WriteGate): Compose {
  return (seams) => ({
    ...seams,
    store: gated(
      seams.store,
      ['create', 'append', 'raiseEpoch', 'remove', 'sweep', 'putKey', 'revokeKey', 'putTicket', 'useTicket'],
      gate,
    ),
    locks: gated(seams.locks, ['acquire', 'renew', 'release', 'releaseAll'], gate),
    tickets: gated(seams.tickets, ['issue', 'redeem'], gate),
  });
}
