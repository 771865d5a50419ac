/**
 * Events as bytes. A frame is encoded once and the same memory is written to every reader at that cursor, with HTTP's
 * chunked framing already around it, so that a delivery costs one socket write.
 * Source: seed 004 §4.1 (flush), WHATWG HTML "Server-sent events".
 */
import { terminalStatus, type StreamEvent } from '../../spec/wire.ts';
import type { Block, Encoder, Frame } from '../seams.ts';

/** S4 §4.1: comment lines of 2048 spaces. */
const PADDING_SPACES = 2048;

/** At least `bytes` of comment lines; a comment needs its colon and its line end. */
export function paddingLines(bytes: number): string {
  let padding = '';
  while (padding.length < bytes) {
    const spaces = Math.min(PADDING_SPACES, Math.max(0, bytes - padding.length - 2));
    padding += `:${' '.repeat(spaces)}\n`;
  }
  return padding;
}

/** An event as readers of every mode see it. The stored payload is inserted as it is: parsing would change numbers. */
export function eventJson(job_id: string, event: StreamEvent): string {
  return (
    `{"id":${event.id},"job_id":${JSON.stringify(job_id)},"ts":${event.ts},` +
    `"type":${JSON.stringify(event.type)},"payload":${event.payload_json}}`
  );
}

export function createEncoder(flush_bytes: number): Encoder {
  const padding = paddingLines(flush_bytes);
  return {
    event: (job_id, event) => `id: ${event.id}\ndata: ${eventJson(job_id, event)}\n\n`,
    gap: (earliest) => `event: gap\ndata: {"earliest":${earliest}}\n\n`,
    retry: (retry_ms) => `retry: ${retry_ms}\n\n`,
    padding: () => padding,
    heartbeat: () => ': heartbeat\n\n',
  };
}

/** Only `error` needs its payload read: it is terminal when it says so. */
export function isTerminal(event: StreamEvent): boolean {
  if (event.type === 'done') return true;
  return event.type === 'error' && terminalStatus(event.type, JSON.parse(event.payload_json)) !== null;
}

/** Text as bytes in both framings. */
function bytesOf(text: string): Pick<Block, 'chunked' | 'body'> {
  const body_bytes = Buffer.byteLength(text);
  const head = `${body_bytes.toString(16)}\r\n`;
  const chunked = Buffer.allocUnsafe(head.length + body_bytes + 2);
  chunked.write(head, 0, 'latin1');
  chunked.write(text, head.length, 'utf8');
  chunked.write('\r\n', head.length + body_bytes, 'latin1');
  return { chunked, body: chunked.subarray(head.length, head.length + body_bytes) };
}

export function blockOf(kind: Block['kind'], text: string): Block {
  return { kind, ...bytesOf(text) };
}

/** `events` is not empty; `padded` unless more events follow at once. */
export function frameOf(encoder: Encoder, job_id: string, events: readonly StreamEvent[], padded: boolean): Frame {
  let text = '';
  for (const event of events) text += encoder.event(job_id, event);
  if (padded) text += encoder.padding();
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('A frame needs at least one event');
  return { kind: 'frame', ...bytesOf(text), after: first.id - 1, to: last.id, terminal: isTerminal(last) };
}

/** How much one frame may hold: bounded memory per write, and large enough that a replay is few writes. */
export const FRAME_EVENTS = 128;
export const FRAME_BYTES = 65_536;

/** Cuts events into runs that each fit a frame; an event over the size is a run of its own. */
export function cutRuns(events: readonly StreamEvent[]): (readonly StreamEvent[])[] {
  const runs: StreamEvent[][] = [];
  let run: StreamEvent[] = [];
  let run_bytes = 0;
  for (const event of events) {
    const bytes = event.payload_json.length;
    if (run.length > 0 && (run.length === FRAME_EVENTS || run_bytes + bytes > FRAME_BYTES)) {
      runs.push(run);
      run = [];
      run_bytes = 0;
    }
    run.push(event);
    run_bytes += bytes;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
