import type { Check } from '../../harness/check.ts';
import { CURSORS } from './cursors.ts';
import { ENDINGS } from './endings.ts';
import { INSTANCES } from './instances.ts';
import { LIVE } from './live.ts';
import { MODES } from './modes.ts';
import { REPLAY } from './replay.ts';
import { SEAM } from './seam.ts';
import { SNAPSHOT_CHECKS } from './snapshots.ts';

export const RPL_CHECKS: readonly Check[] = [
  ...LIVE,
  ...REPLAY,
  ...SEAM,
  ...MODES,
  ...SNAPSHOT_CHECKS,
  ...CURSORS,
  ...ENDINGS,
  ...INSTANCES,
];
