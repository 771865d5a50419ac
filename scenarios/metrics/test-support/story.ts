import type { HistoryRecord, ReadMode } from '../../../harness/history.ts';
import { Measures } from '../measures.ts';
import type { Notes } from '../notes.ts';
import type { Away } from '../reader-state.ts';

/** Tells a history in few words; times in milliseconds from 0, one stream, one account. */
export class Story {
  readonly measures: Measures;
  #ops = 0;

  constructor(at_least_once = false) {
    this.measures = new Measures({
      began_ms: 0,
      latency_budget_ms: 100,
      recovery_ms: 1_000,
      charted_modes: ['sse', 'long-poll'],
      at_least_once,
    });
  }

  /** The payload is of the event; `id` is what it was acknowledged under. */
  append(event: number, intended_ms: number, sent_ms: number, acked_ms: number | null, id = event): this {
    this.#ops += 1;
    const op = `op-${String(this.#ops)}`;
    const shared = { op, stream: 's', account_id: 'a', terminal: false, idempotency_key: null };
    this.tell({ kind: 'append', ...shared, payloads: [payloadOf(event)], intended_ms, at_ms: sent_ms });
    if (acked_ms !== null) this.tell({ kind: 'append-result', op, outcome: 'ok', ids: [id], at_ms: acked_ms });
    return this;
  }

  attach(
    name: string,
    at_ms: number,
    { away = null, mode = 'sse', lineage = 'reader', cursor = 0 }: AttachOptions = {},
  ): this {
    const attach = { subscription: name, asked_ms: at_ms, wanted_ms: at_ms, away };
    if (mode === 'sse') this.measures.note({ ...NO_NOTES, attaches: [attach] });
    return this.tell({
      kind: 'subscribe',
      subscription: name,
      lineage,
      stream: 's',
      account_id: 'a',
      mode,
      cursor,
      at_ms,
    });
  }

  /** What came of the `op`-th append. `isLast`: nobody tries again. */
  answered(op: number, outcome: 'ok' | 'fail' | 'unknown', at_ms: number, isLast = true): this {
    const name = `op-${String(op)}`;
    if (isLast) this.measures.note({ ...NO_NOTES, last_attempts: [name] });
    return this.tell({ kind: 'append-result', op: name, outcome, ids: [], at_ms });
  }

  deliver(name: string, id: number | null, at_ms: number, event = id ?? 0): this {
    const what = { payload: payloadOf(event), terminal: false, epoch: null, nonce: null };
    return this.tell({ kind: 'deliver', subscription: name, id, ...what, at_ms });
  }

  end(name: string, at_ms: number, by: 'server' | 'client' = 'server', complete = false): this {
    return this.tell({ kind: 'end', subscription: name, by, complete, at_ms });
  }

  tell(record: HistoryRecord): this {
    this.measures.record(record);
    return this;
  }

  latency(tags: Readonly<Record<string, string>> = {}) {
    return this.measures.trends.event_latency.select(tags);
  }
}

export const NO_NOTES: Notes = { attaches: [], headless: [], last_attempts: [] };

export interface AttachOptions {
  readonly away?: Away | null;
  readonly mode?: ReadMode;
  readonly lineage?: string;
  readonly cursor?: number;
}

export const FIRST: AttachOptions = { away: [0, 0] };

function payloadOf(event: number): string {
  return `payload ${String(event)}`;
}
