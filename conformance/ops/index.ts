import type { Check } from '../../harness/check.ts';
import { HEALTH } from './health.ts';

export const OPS_CHECKS: readonly Check[] = [...HEALTH];
