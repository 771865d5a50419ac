import type { Check } from '../../harness/check.ts';
import { IDEMPOTENCY } from './idempotency.ts';
import { OWNERSHIP } from './ownership.ts';
import { BROKEN_READERS } from './readers.ts';
import { REMOVAL } from './removal.ts';
import { RESTART } from './restart.ts';
import { ACKS } from './acks.ts';

export const DUR_CHECKS: readonly Check[] = [
  ...RESTART,
  ...IDEMPOTENCY,
  ...ACKS,
  ...OWNERSHIP,
  ...BROKEN_READERS,
  ...REMOVAL,
];
