/** Every named defect of the reference server. */
import type { ServerConfig } from '../config.ts';
import type { Seams } from '../seams.ts';
import { CREDENTIALS } from './credentials.ts';
import type { Defects } from './defect.ts';
import { DURABILITY } from './durability.ts';
import { ENDINGS } from './endings.ts';
import { ISOLATION } from './isolation.ts';
import { LIMITS } from './limits.ts';
import { MODES } from './modes.ts';
import { OPERATIONS } from './operations.ts';
import { REMOVAL } from './removal.ts';
import { REPLAY } from './replay.ts';
import { TRANSPORT } from './transport.ts';

export const DEFECTS: Defects = {
  ...TRANSPORT,
  ...REPLAY,
  ...ENDINGS,
  ...MODES,
  ...ISOLATION,
  ...CREDENTIALS,
  ...DURABILITY,
  ...REMOVAL,
  ...LIMITS,
  ...OPERATIONS,
};

/** @throws RangeError for a name that no defect has. */
export function applyDefect(name: string, seams: Seams, config: ServerConfig): Seams {
  const defect = DEFECTS[name];
  if (defect === undefined) throw new RangeError(`no defect is called ${JSON.stringify(name)}`);
  return defect.apply(seams, config);
}
