/** Every requirement row, in the order of SPEC.md. */
import type { Row, RowId } from '../row.ts';
import { DUR } from './dur.ts';
import { FLU } from './flu.ts';
import { ISO } from './iso.ts';
import { LIM } from './lim.ts';
import { OPS } from './ops.ts';
import { RPL } from './rpl.ts';
import { TRN } from './trn.ts';

export const ROWS: readonly Row[] = [...TRN, ...FLU, ...RPL, ...ISO, ...DUR, ...LIM, ...OPS];

const BY_ID: ReadonlyMap<string, Row> = new Map(ROWS.map((row) => [row.id, row]));

/** Throws RangeError for an id that no row has: a check that cites it would judge nothing. */
export function rowById(id: RowId): Row {
  const row = BY_ID.get(id);
  if (row === undefined) throw new RangeError(`no requirement row has the id ${id}`);
  return row;
}
