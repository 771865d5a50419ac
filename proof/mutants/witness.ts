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

/** What was planted in the stream that the failure names; where it names none, in those that its exchanges ask for. */
function plantedHere({ evidence: { stream }, transcript }: CheckResult, planted: readonly Plant[]): readonly Plant[] {
  if (typeof stream === 'string') return planted.filter((plant) => plant.stream === null || plant.stream === stream);
  const asked = transcript.map(({ text }) => text).join('\n');
  return planted.filter((plant) => plant.stream === null || asked === '' || asked.includes(plant.stream));
}

/** One of the planted values of that kind was observed. */
function shows(pick: (plant: Plant) => string | number | null): Witness {
  return (failure, planted) => {
    const tokens = tokensOf(failure);
    return plantedHere(failure, planted).some((plant) => {
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

/**
 * The check names this reason, and shows one of these where what was planted leaves a trace. An absence or a delay
 * leaves none: there it is enough that it was planted here at all.
 */
export function because(reason: string, ...traces: readonly Witness[]): Witness {
  return (failure, planted) =>
    failure.reason === reason &&
    plantedHere(failure, planted).length > 0 &&
    (traces.length === 0 || traces.some((witness) => witness(failure, planted)));
}
