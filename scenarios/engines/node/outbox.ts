/** Carries records from the load process to its coordinator, in order, one bounded batch at a time. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../../../harness/clock.ts';
import type { FromWorker } from './protocol.ts';
import type { Session } from './session.ts';

const INTERVAL_MS = 20;
/** Records in one message. */
const BATCH = 5_000;
/** Records that may wait for a coordinator that is slow: beyond it the run could not be judged any more. */
const MAX_WAITING = 500_000;

export class OutboxFull extends Error {
  override readonly name = 'OutboxFull';
}

/** Resolves when the coordinator's channel has taken it. */
export function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    // A coordinator that is gone shows as `disconnect`.
    process.send(message, () => {
      resolve();
    });
  });
}

export class Outbox {
  readonly #session: Session;
  #closing = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Until `close`, and until all is sent. @throws OutboxFull */
  async run(): Promise<void> {
    for (;;) {
      const isLast = this.#closing;
      await this.#flush(isLast ? 1 : BATCH);
      if (isLast) return;
      await delay(INTERVAL_MS);
    }
  }

  close(): void {
    this.#closing = true;
  }

  /** Sends a batch, and goes on while at least so many wait for the next one. */
  async #flush(worth_sending: number): Promise<void> {
    const { recorder, notes } = this.#session;
    if (recorder.records.length > MAX_WAITING) {
      throw new OutboxFull(`more than ${String(MAX_WAITING)} records wait for the coordinator`);
    }
    do {
      const records = recorder.records.splice(0, BATCH);
      const watermark_ms = recorder.records[0]?.at_ms ?? now();
      await tell({ kind: 'batch', watermark_ms, notes: notes.take(), records });
    } while (recorder.records.length >= worth_sending);
  }
}
