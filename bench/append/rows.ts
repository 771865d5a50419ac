/** What both sides of `append` write. About 200 bytes of payload each. */
import type { NewEvent } from '../../spec/wire.ts';

export interface AppendTask {
  /** The database file, not there yet. */
  readonly path: string;
  /** Each has a stream of its own and waits for its acknowledgement before it appends again. */
  readonly appenders: number;
  readonly appends_each: number;
  /** Events of one append. */
  readonly batch: number;
}

export interface AppendMeasured {
  readonly events: number;
  readonly duration_ms: number;
  readonly commits: number;
}

const FILLER = 'x'.repeat(188);
/** A moment like any other: the same row on both sides. */
const TS_MS = 1_700_000_000_000;

export const EVENT: NewEvent = { ts: TS_MS, type: 'agent_chunk', payload_json: JSON.stringify({ text: FILLER }) };

export const streamId = (appender: number): string => `bench-${appender}`;

export function eventsOf({ appenders, appends_each, batch }: Omit<AppendTask, 'path'>): number {
  return appenders * appends_each * batch;
}
