import type { Check } from '../../harness/check.ts';
import { APPENDS } from './appends.ts';
import { ERRORS } from './errors.ts';
import { SIZES } from './sizes.ts';
import { UNKNOWN } from './unknown.ts';

export const LIM_CHECKS: readonly Check[] = [...UNKNOWN, ...APPENDS, ...SIZES, ...ERRORS];
