/**
 * The model every part speaks: an append-only stream of events with at most one terminal event.
 * Source: seed 004 §4.2 (`{id, ts, type, payload}`), design 2 "The model".
 */

/** A JSON value whose numbers are not trusted to be exact; exact text travels as `payload_json`. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** One event as stored and as sent. `id` is dense and strictly increasing from 1 within its stream. */
export interface StreamEvent {
  readonly id: number;
  /** Milliseconds since the Unix epoch; part of what the id maps to, so it never changes. */
  readonly ts: number;
  readonly type: string;
  /** The payload as JSON text: numbers beyond 2^53 and escapes survive as they were sent. */
  readonly payload_json: string;
}

/** An event before a store has given it its id. */
export type NewEvent = Omit<StreamEvent, 'id'>;

export type StreamStatus = 'running' | 'completed' | 'failed';

/**
 * The status an event ends its stream with, or null when the stream goes on.
 * `done` completes; `error` fails only with `{"fatal":true}` (design 3, surface jobs).
 */
export function terminalStatus(type: string, payload: unknown): Exclude<StreamStatus, 'running'> | null {
  if (type === 'done') return 'completed';
  const fatal = typeof payload === 'object' && payload !== null && (payload as { fatal?: unknown }).fatal === true;
  return type === 'error' && fatal ? 'failed' : null;
}

/** What a synthetic producer emits; the whole workload stands in the start request's body. */
export interface SyntheticSpec {
  /** How many events, the terminal `done` included. 1 to 100,000. */
  readonly events: number;
  /** Pause between two events; 0 emits as fast as the store commits. 0 to 60,000. */
  readonly interval_ms: number;
  /** Size of each event's filler text. 0 to 65,536. */
  readonly payload_bytes: number;
  /** Seed of the filler text. */
  readonly seed: number;
}
