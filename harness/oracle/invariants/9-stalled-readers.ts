/** Invariant 9: what a stalled reader costs while it stalls. */
import type { Invariant } from '../fold.ts';
import { boundedSamples } from './samples.ts';

export const stalledReaders: Invariant = {
  number: 9,
  reads_book: false,
  init: () =>
    boundedSamples('stalled-reader-unbounded', ({ metric, phase }) => metric === 'stalled_bytes' || phase === 'loaded'),
};
