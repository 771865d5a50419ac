import type { Check } from '../../harness/check.ts';
import { FOREIGN_READERS } from './foreign-readers.ts';
import { KEYS } from './keys.ts';
import { NOT_FOUND } from './not-found.ts';
import { REVOCATION } from './revocation.ts';
import { TICKETS } from './tickets.ts';
import { TIMING } from './timing.ts';

export const ISO_CHECKS: readonly Check[] = [
  ...NOT_FOUND,
  ...TIMING,
  ...FOREIGN_READERS,
  ...KEYS,
  ...REVOCATION,
  ...TICKETS,
];
