/** What a reader gets at its turning points, and when it counts as gone. */
import type { SubscriptionPolicy } from '../seams.ts';

/** Design 3: a reader makes progress when its socket accepts at least 4 KiB, or all there is. */
const PROGRESS_BYTES = 4096;

export interface SubscriptionTimes {
  readonly stall_limit_ms: number;
  readonly heartbeat_ms: number;
  /** How often readers are looked at: what is noticed is at most this old. */
  readonly tick_ms: number;
}

export function createSubscriptionPolicy(times: SubscriptionTimes): SubscriptionPolicy {
  return {
    advance: (frame) => frame.to,
    ends: (frame) => frame.terminal,
    progressed: (reader) => !reader.writing || reader.accepted_bytes - reader.progress_bytes >= PROGRESS_BYTES,
    stalled: (reader, now_ms) => now_ms - reader.progress_ms >= times.stall_limit_ms,
    heartbeatDue: (reader, now_ms) => now_ms - reader.active_ms >= times.heartbeat_ms - times.tick_ms,
  };
}

/** Often enough that a heartbeat is never later than 1.25 × its interval, and a stall than 1.25 × its limit. */
export function tickInterval(times: Pick<SubscriptionTimes, 'stall_limit_ms' | 'heartbeat_ms'>): number {
  return Math.max(10, Math.min(500, Math.floor(Math.min(times.heartbeat_ms, times.stall_limit_ms) / 4)));
}
