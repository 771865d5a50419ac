import type { Check } from '../../harness/check.ts';
import { APPENDS } from './appends.ts';
import { DISCONNECTS } from './disconnects.ts';
import { ERRORS } from './errors.ts';
import { NEIGHBOURS } from './neighbours.ts';
import { OPEN_STREAMS } from './open-streams.ts';
import { SIZES } from './sizes.ts';
import { STALLED_READERS } from './stalled-readers.ts';
import { STORM } from './storm.ts';
import { UNKNOWN } from './unknown.ts';

export const LIM_CHECKS: readonly Check[] = [
  ...UNKNOWN,
  ...APPENDS,
  ...SIZES,
  ...OPEN_STREAMS,
  ...STALLED_READERS,
  ...NEIGHBOURS,
  ...ERRORS,
  ...DISCONNECTS,
  ...STORM,
];
