import type { Check } from '../../harness/check.ts';
import { resumeEachCursor } from './resume-each-cursor.ts';

export const RPL_CHECKS: readonly Check[] = [resumeEachCursor];
