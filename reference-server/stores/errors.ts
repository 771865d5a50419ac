/** How a store says no: not now (the server answers 503), or not at all (the boot stops with this message). */

/** The operation had no effect and may be tried again later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** A stable word: `closed`, `queue_full`, `writer_lost`, or SQLite's own code in capitals. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The operation may have taken effect, or not: the writer was lost with it, or the disk failed at its commit. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

export type StoreOpenCode =
  | 'bad_backend'
  | 'bad_option'
  | 'missing_driver'
  | 'not_writable'
  | 'not_a_database'
  | 'foreign_database'
  | 'newer_schema'
  | 'no_leases'
  | 'cannot_open';

/** A mistake in what the store was opened with; the message names what was found and how to mend it. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly code: StoreOpenCode;

  constructor(code: StoreOpenCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
