/** What an SSE parser hands out. Offsets count bytes of the decoded response body. */

/** A dispatched event (WHATWG HTML §9.2.6). */
export interface SseEvent {
  readonly kind: 'event';
  /** The `event:` field, `message` when absent or empty. */
  readonly type: string;
  readonly data: string;
  /** The stream's last event id after this block: what an EventSource would send on reconnect. */
  readonly last_event_id: string;
  /** True when this block itself carried a valid `id:` line. */
  readonly has_id: boolean;
  /** From the first byte of the block to the last byte of its blank line. */
  readonly start_offset: number;
  readonly end_offset: number;
  /** When the chunk that completed the blank line arrived. */
  readonly at_ms: number;
}

/** A block that dispatches nothing but may move the cursor (`id:` without data) or set `retry:`. */
export interface SseSilentBlock {
  readonly kind: 'silent';
  readonly last_event_id: string;
  readonly has_id: boolean;
  readonly retry_ms: number | null;
  readonly start_offset: number;
  readonly end_offset: number;
  readonly at_ms: number;
}

export interface SseComment {
  readonly kind: 'comment';
  readonly text: string;
  readonly start_offset: number;
  readonly end_offset: number;
  readonly at_ms: number;
}

export type SseItem = SseEvent | SseSilentBlock | SseComment;
