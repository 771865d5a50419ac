/** What the measures have to know beyond the history; told before the records that it belongs to. */
import type { Attach } from './reader-state.ts';

/** A request of a stream that ended without headers. */
export interface Headless {
  readonly asked_ms: number;
  readonly ended_ms: number;
}

export interface Notes {
  readonly attaches: readonly Attach[];
  readonly headless: readonly Headless[];
  /** Operations of appends that are not tried again: their result is the last word on their events. */
  readonly last_attempts: readonly string[];
}

/** Notes until they are told. */
export class Notebook implements Notes {
  readonly attaches: Attach[] = [];
  readonly headless: Headless[] = [];
  readonly last_attempts: string[] = [];

  take(): Notes {
    return {
      attaches: this.attaches.splice(0),
      headless: this.headless.splice(0),
      last_attempts: this.last_attempts.splice(0),
    };
  }
}
