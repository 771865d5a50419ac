/** Which check each defect of the reference must be killed by, and what the failure has to show. */
import { DEFECTS } from '../../reference-server/defects/index.ts';
import type { Mutant } from '../mutant.ts';
import { DUR_KILLS } from './dur.ts';
import { FLU_KILLS } from './flu.ts';
import type { DefectKill } from './shows.ts';
import { ISO_KILLS } from './iso.ts';
import { LIM_KILLS } from './lim.ts';
import { OPS_KILLS } from './ops.ts';
import { RPL_KILLS } from './rpl.ts';
import { TRN_KILLS } from './trn.ts';

const ALL: readonly DefectKill[] = [
  ...TRN_KILLS,
  ...FLU_KILLS,
  ...RPL_KILLS,
  ...ISO_KILLS,
  ...LIM_KILLS,
  ...DUR_KILLS,
  ...OPS_KILLS,
];

/** @throws RangeError for a name that no defect has. */
export const KILLS: readonly Mutant[] = ALL.map((kill) => {
  const defect = DEFECTS[kill.name];
  if (defect === undefined) throw new RangeError(`no defect is called ${kill.name}`);
  return { ...kill, kind: 'defect', description: defect.description };
});
