/** The stage of a simulation: a clock, things due later, the history being written, and how fresh a read must be. */
import type { Random } from '../../../spec/random.ts';
import type { HistoryRecord } from '../../history.ts';
import type { Declared } from '../state.ts';

/** Two records whose order nobody can tell may stand in either. */
const CONCURRENT_MS = 0.5;

export class SimulatedRun {
  readonly random: Random;
  readonly declared: Declared;
  now_ms = 1000;
  readonly #records: HistoryRecord[] = [];
  readonly #lineages = new Map<string, string>();
  #due: { readonly at_ms: number; readonly act: () => void }[] = [];
  #active_fault: string | null = null;
  #last_heal_ms = 0;
  /** Since when an instance may have been cut off without having caught up in between. */
  #outage_since_ms = 0;
  #names = 0;

  constructor(random: Random, declared: Declared) {
    this.random = random;
    this.declared = declared;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  name(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  emit(record: HistoryRecord): void {
    if (record.kind === 'subscribe') this.#lineages.set(record.subscription, record.lineage);
    this.#records.push(record);
  }

  later(delay_ms: number, act: () => void): void {
    this.#due.push({ at_ms: this.now_ms + delay_ms, act });
  }

  /** Lets time pass; what is due happens at its time. */
  pass(duration_ms: number): void {
    const until_ms = this.now_ms + duration_ms;
    for (;;) {
      const next = this.#due.filter((item) => item.at_ms <= until_ms).sort((one, other) => one.at_ms - other.at_ms)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((item) => item !== next);
      this.now_ms = Math.max(this.now_ms, next.at_ms);
      next.act();
    }
    this.now_ms = until_ms;
  }

  toggleFault(): void {
    if (this.#active_fault === null) {
      if (this.now_ms - this.#last_heal_ms >= this.declared.recovery_ms) this.#outage_since_ms = this.now_ms;
      this.#active_fault = this.random.pick(['kill', 'pause', 'cut']);
      this.emit({ kind: 'fault', at_ms: this.now_ms, fault: this.#active_fault, target: 'instance-1' });
    } else {
      this.emit({ kind: 'heal', at_ms: this.now_ms, fault: this.#active_fault, target: 'instance-1' });
      this.#active_fault = null;
      this.#last_heal_ms = this.now_ms;
    }
  }

  heal(): void {
    if (this.#active_fault !== null) this.toggleFault();
  }

  /** How stale a legal read may be at its worst. */
  get tolerated_lag_ms(): number {
    const isHealthy = this.#active_fault === null && this.now_ms - this.#last_heal_ms >= this.declared.recovery_ms;
    const outage_ms = isHealthy ? 0 : this.now_ms - this.#outage_since_ms;
    return 0.9 * this.declared.recovery_ms + outage_ms;
  }

  lag_ms(): number {
    return this.chance(0.7) ? 0 : this.random.next() * this.tolerated_lag_ms;
  }

  /** Records by time; neighbours that are concurrent stand in any order. */
  history(): HistoryRecord[] {
    const records = [...this.#records].sort((one, other) => one.at_ms - other.at_ms);
    for (let index = 1; index < records.length; index += 1) {
      const [one, other] = [records[index - 1], records[index]];
      if (one === undefined || other === undefined || !this.#areConcurrent(one, other) || this.chance(0.5)) continue;
      records[index - 1] = other;
      records[index] = one;
    }
    return records;
  }

  #areConcurrent(one: HistoryRecord, other: HistoryRecord): boolean {
    return other.at_ms - one.at_ms < CONCURRENT_MS && this.#actor(one) !== this.#actor(other);
  }

  #actor(record: HistoryRecord): string {
    if ('op' in record) return record.op;
    if ('subscription' in record) return this.#lineages.get(record.subscription) ?? record.subscription;
    return 'harness';
  }
}
