import type { Check } from '../../harness/check.ts';
import { BUFFERS } from './buffers.ts';
import { LATENCY } from './latency.ts';

export const FLU_CHECKS: readonly Check[] = [...BUFFERS, ...LATENCY];
