/** What platforms do to long answers: cut the silent ones, cut the old ones. */
import { now } from '../../harness/clock.ts';
import { Cut, type CutKind, type Fault } from '../fault.ts';
import { PatientReader } from '../patient-reader.ts';

interface CapOptions {
  readonly after_ms: number;
  /** Default `fin`. */
  readonly kind?: CutKind;
}

/** Cuts an answer through which no byte has come for that long. */
export function idleTimeout({ after_ms, kind = 'fin' }: CapOptions): Fault {
  return {
    name: 'idle-timeout',
    body: async function* (body, context) {
      const reader = new PatientReader(body);
      let offset = 0;
      for (;;) {
        const bytes = await reader.next(context.lifted.aborted ? Infinity : after_ms);
        if (bytes === null) return;
        if (bytes !== 'late') {
          offset += bytes.length;
          yield bytes;
        } else if (!context.lifted.aborted) {
          context.bite(`cut after ${after_ms} ms of silence`, offset);
          throw new Cut(kind, `silent for ${after_ms} ms`);
        }
      }
    },
  };
}

/** Cuts an answer that old, however busy. */
export function lifetimeCap({ after_ms, kind = 'fin' }: CapOptions): Fault {
  return {
    name: 'lifetime-cap',
    body: async function* (body, context) {
      const reader = new PatientReader(body);
      const ends_ms = now() + after_ms;
      let offset = 0;
      for (;;) {
        const left_ms = context.lifted.aborted ? Infinity : ends_ms - now();
        const bytes = left_ms <= 0 ? 'late' : await reader.next(left_ms);
        if (bytes === null) return;
        if (bytes !== 'late') {
          offset += bytes.length;
          yield bytes;
        } else if (!context.lifted.aborted) {
          context.bite(`cut at the age of ${after_ms} ms`, offset);
          throw new Cut(kind, `open for ${after_ms} ms`);
        }
      }
    },
  };
}
