/**
 * A defect swaps one seam of the healthy server for a broken one, at composition time. The healthy code has no
 * `if (defect)`, and a defect never marks itself in a response. `serve --defect NAME` and the kill matrix use them.
 */
import type { RowId } from '../../spec/row.ts';
import type { ServerConfig } from '../config.ts';
import type { Seams } from '../seams.ts';

export interface Defect {
  /** What is broken, in one sentence. */
  readonly description: string;
  /** The requirement it breaks. */
  readonly breaks: RowId;
  /** Runs once per process, so state that must die with the process lives in its closure. */
  apply(seams: Seams, config: ServerConfig): Seams;
}

/** Defects of one section, by name. */
export type Defects = Readonly<Record<string, Defect>>;
