import type { Invariant } from '../fold.ts';
import { acknowledged } from './1-acknowledged.ts';
import { order } from './2-order.ts';
import { onePayload } from './3-one-payload.ts';
import { cursors } from './4-cursors.ts';
import { isolation } from './5-isolation.ts';
import { durableIds } from './6-durable-ids.ts';
import { terminal } from './7-terminal.ts';
import { epochs } from './8-epochs.ts';
import { stalledReaders } from './9-stalled-readers.ts';
import { convergence } from './10-convergence.ts';
import { durable } from './11-durable.ts';

export const ALL_INVARIANTS: readonly Invariant[] = [
  acknowledged,
  order,
  onePayload,
  cursors,
  isolation,
  durableIds,
  terminal,
  epochs,
  stalledReaders,
  convergence,
  durable,
];
