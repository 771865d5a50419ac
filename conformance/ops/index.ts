import type { Check } from '../../harness/check.ts';
import { CORS } from './cors.ts';
import { DRAIN } from './drain.ts';
import { HEALTH } from './health.ts';
import { METRICS } from './metrics.ts';
import { RECOVERY } from './recovery.ts';

export const OPS_CHECKS: readonly Check[] = [...HEALTH, ...DRAIN, ...METRICS, ...CORS, ...RECOVERY];
