/** Which phase of the run a span of time belongs to, from the faults and heals told so far. */
import type { FaultRecord } from '../../harness/history.ts';
import type { Phase } from './catalog.ts';

interface Interval {
  readonly key: string;
  readonly from_ms: number;
  to_ms: number;
}

export class PhaseClock {
  readonly #faults: Interval[] = [];
  readonly heals_ms: number[] = [];

  record({ kind, fault, target, at_ms }: FaultRecord): void {
    const key = `${fault} ${target}`;
    if (kind === 'fault') {
      this.#faults.push({ key, from_ms: at_ms, to_ms: Number.POSITIVE_INFINITY });
      return;
    }
    const open = this.#faults.find((entry) => entry.key === key && entry.to_ms === Number.POSITIVE_INFINITY);
    if (open === undefined) return;
    open.to_ms = at_ms;
    this.heals_ms.push(at_ms);
  }

  /** No part of the span lies in a fault or less than `settling_ms` after its heal. */
  isCalm(from_ms: number, to_ms: number, settling_ms: number): boolean {
    return !this.#faults.some((fault) => from_ms <= fault.to_ms + settling_ms && to_ms >= fault.from_ms);
  }

  /** `fault` when any part of the span lies in one. */
  of(from_ms: number, to_ms: number): Exclude<Phase, 'replay'> {
    if (this.#faults.some((fault) => from_ms <= fault.to_ms && to_ms >= fault.from_ms)) return 'fault';
    const first = this.#faults[0];
    return first === undefined || to_ms < first.from_ms ? 'steady' : 'healed';
  }
}
