/**
 * What an SSE parser hands out. Offsets count bytes of the response body as HTTP delivers it (chunked framing removed);
 * `end_offset` is one past the last byte. An item ends with the first byte that ends its last line: when that is a CR,
 * an LF after it belongs to no item, because a reader must not wait for it.
 */

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
  /** From the first byte of the block, its comments included, to the end of its blank line. */
  readonly start_offset: number;
  readonly end_offset: number;
  /** When the chunk that completed the blank line arrived. */
  readonly at_ms: number;
}

/**
 * A block with fields but without data: it dispatches nothing but may move the cursor (`id:`) or set `retry:`.
 * Blocks of comments alone are their comments.
 */
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
  /** What stands after the colon, without one leading space. */
  readonly text: string;
  /** Of the comment's line. */
  readonly start_offset: number;
  readonly end_offset: number;
  readonly at_ms: number;
}

export type SseItem = SseEvent | SseSilentBlock | SseComment;
