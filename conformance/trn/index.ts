import type { Check } from '../../harness/check.ts';
import { SSE_HEADERS } from './sse-headers.ts';

export const TRN_CHECKS: readonly Check[] = [...SSE_HEADERS];
