/** Invariant 10: what is left of connections, subscriptions and memory when everything has healed. */
import type { Invariant } from '../fold.ts';
import { boundedSamples } from './samples.ts';

export const convergence: Invariant = {
  number: 10,
  reads_book: false,
  init: () =>
    boundedSamples('not-back-to-baseline', ({ metric, phase }) => metric !== 'stalled_bytes' && phase === 'healed'),
};
