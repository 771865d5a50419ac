import type { Check } from '../../harness/check.ts';
import { IDEMPOTENCY } from './idempotency.ts';
import { RESTART } from './restart.ts';

export const DUR_CHECKS: readonly Check[] = [...RESTART, ...IDEMPOTENCY];
