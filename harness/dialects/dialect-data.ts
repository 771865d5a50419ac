/** A dialect as data: paths, header and field names. `http-dialect.ts` turns it into requests and readings. */
import type { Operation } from '../../spec/capabilities.ts';
import type { AppendEvent } from './dialect.ts';

/** `{stream}` in the path is the stream's id, percent-encoded. */
export interface RequestTemplate {
  readonly method: string;
  readonly path: string;
}

export interface DialectData {
  readonly name: string;
  /** The operations it has, each with its request. */
  readonly requests: Readonly<Partial<Record<Operation, RequestTemplate>>>;
  readonly terminal: AppendEvent;
  /** The header that carries an account's key, and what stands before the key. */
  readonly credentials: { readonly header: string; readonly prefix: string };
  readonly headers: { readonly cursor: string; readonly client_id: string; readonly idempotency_key: string };
  readonly query: {
    /** A cursor in the query of a subscription. */
    readonly cursor: string;
    readonly ticket: string;
    readonly after: string;
    readonly limit: string;
    readonly wait_ms: string;
  };
  /** Start bodies; the fields of a SyntheticSpec are merged into the second. */
  readonly start_body: {
    readonly api: Readonly<Record<string, string>>;
    readonly synthetic: Readonly<Record<string, string>>;
  };
  /** Member names in answers. */
  readonly fields: {
    readonly stream: string;
    readonly status: string;
    readonly streams: string;
    readonly ids: string;
    readonly events: string;
    readonly next_cursor: string;
    readonly last_event_id: string;
    readonly event_count: string;
    readonly ticket: string;
    readonly event: {
      /** The first one present counts. */
      readonly id: readonly string[];
      readonly ts: string;
      readonly type: string;
      readonly payload: string;
      /** Inside the payload. */
      readonly epoch: string;
      readonly nonce: string;
    };
  };
  /** What is no durable event. `comment`: any comment that is not padding. */
  readonly heartbeat: { readonly kind: 'comment' } | { readonly kind: 'event' | 'type'; readonly name: string };
  /** SSE event type of a signalled gap, and the member of its data that names the first kept id. */
  readonly gap: { readonly event: string; readonly earliest: string };
  /** SSE event type of an error that the server tells before it ends the response. */
  readonly error_event: string;
}
