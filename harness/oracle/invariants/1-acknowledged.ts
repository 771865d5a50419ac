/** Invariant 1: acknowledged events arrive, unknown ones at most once, failed ones never. Three folds, one verdict. */
import type { Invariant } from '../fold.ts';
import { Findings } from '../verdict.ts';
import { acknowledgements } from './1a-acknowledgements.ts';
import { appearances } from './1b-appearances.ts';
import { losses } from './1c-losses.ts';

export const acknowledged: Invariant = {
  number: 1,
  reads_book: true,
  init: (book) => {
    const findings = new Findings();
    const acks = acknowledgements(book, findings);
    const loss = losses(book, findings);
    return {
      findings,
      on: {
        ...loss.on,
        'append-result': acks.on['append-result'],
        deliver: (record, reader) => {
          acks.on.deliver(record, reader);
          loss.on.deliver(record, reader);
        },
      },
      finish: () => {
        loss.finish();
        appearances(book, findings);
      },
      exercised: acks.exercised,
    };
  },
};
