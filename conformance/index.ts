/** Every check, section by section in the order of SPEC.md. */
import type { Check } from '../harness/check.ts';
import { DUR_CHECKS } from './dur/index.ts';
import { FLU_CHECKS } from './flu/index.ts';
import { ISO_CHECKS } from './iso/index.ts';
import { LIM_CHECKS } from './lim/index.ts';
import { OPS_CHECKS } from './ops/index.ts';
import { RPL_CHECKS } from './rpl/index.ts';
import { TRN_CHECKS } from './trn/index.ts';

export const CHECKS: readonly Check[] = [
  ...TRN_CHECKS,
  ...FLU_CHECKS,
  ...RPL_CHECKS,
  ...ISO_CHECKS,
  ...DUR_CHECKS,
  ...LIM_CHECKS,
  ...OPS_CHECKS,
];
