/** Short hand for histories in tests: each call is one thing that happened, a millisecond after the one before. */
import type { AppendRecord, DeliverRecord, EndRecord, HistoryRecord, ReadMode } from '../../history.ts';
import { judge, type OracleOptions } from '../oracle.ts';
import type { Declared } from '../state.ts';
import type { InvariantNumber, Verdict } from '../verdict.ts';

export const STREAM = 's';
export const OWNER = 'owner';
export const DECLARED: Declared = {
  accounts: true,
  at_least_once: false,
  recovery_ms: 100,
  idempotency_ms: 10_000,
  history_limit: null,
};

type Outcome = readonly number[] | 'fail' | 'unknown' | 'pending';
interface Reading {
  readonly mode?: ReadMode;
  readonly cursor?: number;
  readonly lineage?: string;
  readonly account_id?: string;
  /** How long it stays open after the last event. */
  readonly open_ms?: number;
  /** Default: ended by the server, complete. null: still open. */
  readonly end?: Partial<EndRecord> | null;
}
/** An id with the payload `e<id>`, or more of it; a bare `{through}` is a gap. */
type Seen = number | Partial<DeliverRecord> | { readonly through: number };

/** The payload that `e<id>` stands for. */
export function event(id: number): string {
  return `e${id}`;
}

export class HistoryBuilder {
  readonly records: HistoryRecord[] = [];
  at_ms = 0;
  #names = 0;

  wait(duration_ms: number): this {
    this.at_ms += duration_ms;
    return this;
  }

  add(record: HistoryRecord): this {
    this.records.push(record);
    return this;
  }

  /** The time of the next thing. */
  tick(): number {
    this.at_ms += 1;
    return this.at_ms;
  }

  append(payloads: readonly string[], outcome: Outcome, more: Partial<AppendRecord> = {}): this {
    const at_ms = this.tick();
    const op = this.#name('op');
    this.add({
      kind: 'append',
      at_ms,
      op,
      stream: STREAM,
      account_id: OWNER,
      payloads,
      terminal: false,
      intended_ms: at_ms,
      idempotency_key: null,
      ...more,
    });
    if (outcome === 'pending') return this;
    const result = typeof outcome === 'string' ? { outcome, ids: [] } : { outcome: 'ok' as const, ids: outcome };
    return this.add({ kind: 'append-result', at_ms: this.tick(), op: more.op ?? op, ...result });
  }

  /** Appends the events `from` to `to`, one by one, acknowledged. */
  events(from: number, to: number): this {
    for (let id = from; id <= to; id += 1) this.append([event(id)], [id]);
    return this;
  }

  read(
    seen: readonly Seen[],
    { mode = 'sse', cursor = 0, lineage, account_id = OWNER, open_ms = 0, end = {} }: Reading = {},
  ): this {
    const subscription = this.#name('r');
    const at_ms = this.tick();
    this.add({
      kind: 'subscribe',
      at_ms,
      subscription,
      lineage: lineage ?? subscription,
      stream: STREAM,
      account_id,
      mode,
      cursor,
    });
    for (const item of seen) this.#see(subscription, item);
    if (end === null) return this;
    this.wait(open_ms);
    return this.add({ at_ms: this.tick(), by: 'server', complete: true, ...end, kind: 'end', subscription });
  }

  /** The verdict of one invariant. */
  verdict(invariant: InvariantNumber, declared: Partial<Declared> = {}, more: Partial<OracleOptions> = {}): Verdict {
    const verdicts = judge(this.records, { declared: { ...DECLARED, ...declared }, ...more });
    const verdict = verdicts.find((item) => item.invariant === invariant);
    if (verdict === undefined) throw new Error(`no verdict of invariant ${invariant}`);
    return verdict;
  }

  /** `true`, `unknown: why`, or `reason id` of the violation. */
  say(invariant: InvariantNumber, declared: Partial<Declared> = {}, more: Partial<OracleOptions> = {}): string {
    const { verdict, witness, unknown_because } = this.verdict(invariant, declared, more);
    if (witness !== null) return witness.id === null ? witness.reason : `${witness.reason} ${witness.id}`;
    return verdict === true ? 'true' : `unknown: ${unknown_because ?? ''}`;
  }

  #see(subscription: string, item: Seen): void {
    const at_ms = this.tick();
    if (typeof item === 'object' && 'through' in item) {
      this.add({ kind: 'gap', at_ms, subscription, through: item.through });
      return;
    }
    const given = typeof item === 'number' ? { id: item } : item;
    const payload = event(given.id ?? 0);
    const base = { at_ms, id: null, payload, terminal: false, epoch: null, nonce: null };
    this.add({ ...base, ...given, kind: 'deliver', subscription });
  }

  #name(kind: string): string {
    this.#names += 1;
    return `${kind}${this.#names}`;
  }
}
