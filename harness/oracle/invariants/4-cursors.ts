/** Invariant 4: a cursor that cannot be served is answered distinctly. */
import type { CursorProbeRecord } from '../../history.ts';
import type { Fold, Invariant } from '../fold.ts';
import { Findings } from '../verdict.ts';

const OBSERVED: Readonly<Record<Exclude<CursorProbeRecord['answer'], 'signalled'>, string>> = {
  'silent-restart': 'a replay from elsewhere without a word',
  silence: 'nothing at all',
  'not-found': 'the answer of a stream that does not exist',
  finished: 'the answer of a stream that has ended',
};

export const cursors: Invariant = {
  number: 4,
  reads_book: false,
  init: (): Fold => {
    const findings = new Findings();
    let exercised = false;
    return {
      findings,
      on: {
        'cursor-probe': (record) => {
          exercised = true;
          const { answer, fault, cursor, stream } = record;
          if (answer === 'signalled') return;
          findings.add(`cursor-${fault}-${answer}`, () => ({
            expected: `a distinct answer to the ${fault} cursor ${JSON.stringify(cursor)} of ${stream}`,
            observed: OBSERVED[answer],
            at_ms: record.at_ms,
            stream,
            record,
          }));
        },
      },
      exercised: () => exercised,
    };
  },
};
