/** Every wire mutant, by name. */
import { cursors } from './cursors.ts';
import { delivery } from './delivery.ts';
import { framing } from './framing.ts';
import { headers } from './headers.ts';
import { hops } from './hops.ts';
import { isolation } from './isolation.ts';
import { terminals } from './terminals.ts';
import type { WireMutant } from './wire-mutant.ts';

export const wireMutants: readonly WireMutant[] = [
  ...delivery,
  ...cursors,
  ...framing,
  ...terminals,
  ...hops,
  ...headers,
  ...isolation,
];

export { neutralTransforms } from './neutral.ts';
export { plantMutant, type Plant } from './wire-mutant.ts';
