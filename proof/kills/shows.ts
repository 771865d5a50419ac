/** Witnesses: what a failure must show to be the one that was planted. */
import type { CheckResult } from '../../harness/result.ts';
import type { JsonValue } from '../../spec/wire.ts';
import type { Mutant } from '../mutant.ts';

type Witness = Mutant['witness'];

/** The evidence has this member, and its value is as planted. */
export function shows(member: string, planted: (value: JsonValue) => boolean): Witness {
  return ({ evidence }: CheckResult) => {
    const value = evidence[member];
    return value !== undefined && planted(value);
  };
}

export const is =
  (...wanted: readonly JsonValue[]) =>
  (value: JsonValue): boolean =>
    wanted.includes(value);

export const matches =
  (pattern: RegExp) =>
  (value: JsonValue): boolean =>
    pattern.test(typeof value === 'string' ? value : JSON.stringify(value));

export const atLeast =
  (least: number) =>
  (value: JsonValue): boolean =>
    typeof value === 'number' && value >= least;

export function all(...witnesses: readonly Witness[]): Witness {
  return (failure) => witnesses.every((witness) => witness(failure));
}

/** A defect of the reference and the check that names it. */
export function defect(name: string, killed_by: string, witness: Witness, more: Partial<Mutant> = {}): DefectKill {
  return { name, killed_by, witness, ...more };
}

/** A mutant without what its defect already says of itself. */
export type DefectKill = Omit<Mutant, 'kind' | 'description'>;
