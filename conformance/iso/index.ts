import type { Check } from '../../harness/check.ts';
import { foreignNotFound } from './foreign-not-found.ts';

export const ISO_CHECKS: readonly Check[] = [foreignNotFound];
