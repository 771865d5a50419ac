/**
 * How a failure is recognised as the one that was planted: the id, header, status or offset stands in what the check
 * observed. The leaves of `evidence` are looked through, so a check is free in how it lays them out.
 */
import type { CheckResult } from '../../harness/result.ts';
import type { JsonValue } from '../../spec/wire.ts';
import type { Plant } from './wire-mutant.ts';

export type Witness = (failure: CheckResult, planted: readonly Plant[]) => boolean;

function leavesOf(value: JsonValue): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leavesOf);
  return value === null ? [] : [String(value)];
}

/** Everything the failure says it observed: leaves of its evidence, numbers and words of its text. */
function tokensOf(failure: CheckResult): Set<string> {
  const words = (failure.observed ?? '').split(/[^\w.-]+/);
  const leaves = Object.values(failure.evidence).flatMap(leavesOf);
  return new Set([...leaves, ...words].map((token) => token.toLowerCase()));
}

/** One of the planted values of that kind was observed. */
function shows(pick: (plant: Plant) => string | number | null): Witness {
  return (failure, planted) => {
    const tokens = tokensOf(failure);
    return planted.some((plant) => {
      const value = pick(plant);
      return value !== null && tokens.has(String(value).toLowerCase());
    });
  };
}

export const showsId = shows((plant) => plant.id);
export const showsHeader = shows((plant) => plant.header);
export const showsStatus = shows((plant) => plant.status);
export const showsOffset = shows((plant) => plant.offset);
/** The stream it was planted in, where no single event is to blame. */
export const showsStream = shows((plant) => plant.stream);

/** What was planted is an absence or a delay: it bit, and the failure's text says what a reader met. */
export function says(pattern: RegExp): Witness {
  return (failure, planted) =>
    planted.length > 0 &&
    pattern.test([failure.reason, failure.observed, ...Object.values(failure.evidence).flatMap(leavesOf)].join(' '));
}

export function either(...witnesses: readonly Witness[]): Witness {
  return (failure, planted) => witnesses.some((witness) => witness(failure, planted));
}
