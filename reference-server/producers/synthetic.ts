/**
 * A seeded pipeline that emits by itself. Every payload carries the lease's epoch and the process's nonce: two owners
 * writing the same bytes would otherwise hide a split brain.
 */
import { Random } from '../../spec/random.ts';
import type { NewEvent, SyntheticSpec } from '../../spec/wire.ts';
import type { Producer, Seams, Stamp } from '../seams.ts';

/** What a run of a pipeline looks like: S4's types in an order that repeats. */
const CYCLE = ['agent_step_started', 'agent_chunk', 'step_progress', 'insight_emitted', 'metric_update'] as const;

/** Number `seq` of the workload; the same for the same spec but for its stamp and time. */
export function syntheticEvent(spec: SyntheticSpec, seq: number, stamp: Stamp, ts: number): NewEvent {
  const text = new Random(spec.seed).fork(`event ${seq}`).text(spec.payload_bytes);
  const common = { seq, epoch: stamp.epoch, nonce: stamp.nonce };
  if (seq >= spec.events) return { ts, type: 'done', payload_json: JSON.stringify({ ...common, text }) };
  const type = CYCLE[(seq - 1) % CYCLE.length] ?? CYCLE[0];
  const step = `step-${Math.ceil(seq / CYCLE.length)}`;
  const payload =
    type === 'agent_chunk' ? { ...common, step, chunk: text, total_len: text.length } : { ...common, step, text };
  return { ts, type, payload_json: JSON.stringify(payload) };
}

export function createProducer(parts: Pick<Seams, 'store' | 'clock'>, lock_ttl_ms: number): Producer {
  return {
    candidates: () => parts.store.unfinished(),
    resume: (job) => job.last_event_id + 1,
    event: (spec, seq, stamp) => syntheticEvent(spec, seq, stamp, parts.clock.now_ms()),
    fence: (stamp) => stamp.epoch,
    expired: (since_renewal_ms) => since_renewal_ms >= lock_ttl_ms,
  };
}
