/** Requirement rows: typed data, no I/O. An id is never reused, also not after its row is withdrawn. */
import type { Capability } from './capabilities.ts';

export const SECTIONS = {
  TRN: 'SSE framing and headers',
  FLU: 'Flush through buffering hops',
  RPL: 'Replay, cursors, equivalence of modes',
  ISO: 'Isolation of accounts',
  DUR: 'Restart, durability, ownership',
  LIM: 'Limits and bad input',
  OPS: 'Health, metrics, drain',
} as const;
export type Section = keyof typeof SECTIONS;
export type RowId = `${Section}-${string}`;
export type Level = 'MUST' | 'SHOULD' | 'MAY';

/** Selectable sets: the rollout phases of seed 004 §4.4. */
export type RowSet = 's4-phase-0' | 's4-phase-1' | 's4-phase-2' | 's4-phase-3';

export interface Row {
  readonly id: RowId;
  readonly level: Level;
  /** The requirement in one sentence a server author can act on. */
  readonly text: string;
  /** What breaks for a user when it does not hold. */
  readonly why: string;
  /** How to mend it, by where the fault usually sits. At least one entry. */
  readonly mend: Readonly<Partial<Record<'nginx' | 'node' | 'python' | 'go' | 'any', string>>>;
  /** Seed and section (`S4 §4.2`), a standard (`WHATWG SSE`, `RFC 9110 §15`), `repo#number`, or `ours`. */
  readonly source: readonly string[];
  readonly since: string;
  /** Judged only where the target declares it; rows that are our choice always have one. */
  readonly capability?: Capability;
  /** Rows with the same group are mutually exclusive legal answers: one of them must hold. */
  readonly alternatives?: string;
  /** Why no check judges this row. */
  readonly excluded?: string;
  readonly sets?: readonly RowSet[];
}

export function sectionOf(id: RowId): Section {
  return id.slice(0, 3) as Section;
}
