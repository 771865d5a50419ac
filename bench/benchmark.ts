/** What a benchmark is: sides that do the same work, one after the other in every round. */
import { ratios, spreadOf, type Spread } from './statistics.ts';

/** Names carry their units. */
export type Figures = Readonly<Record<string, number>>;

/** One round: figures by side. */
export type Round = Readonly<Record<string, Figures>>;

/** Does its work once and says what it measured. */
export type Side = (round: number) => Promise<Figures>;

export interface Comparison {
  readonly figure: string;
  readonly ours: string;
  readonly peer: string;
  /** What the median should keep to; absent where there is no aim yet. */
  readonly aim?: { readonly at_most: number } | { readonly at_least: number };
}

export interface Ratio extends Comparison {
  readonly ratio: Spread;
  readonly ours_value: Spread;
  readonly peer_value: Spread;
  /** Null without an aim. */
  readonly met: boolean | null;
}

export interface BenchResult {
  readonly name: string;
  /** What one round does. */
  readonly workload: Figures;
  readonly rounds: readonly Round[];
  readonly ratios: readonly Ratio[];
}

/** How much work; `quick` shows that it runs, its figures mean little. */
export interface BenchOptions {
  readonly rounds: number;
  readonly quick: boolean;
  readonly progress: (line: string) => void;
}

/** Every other round runs the sides the other way round, so that none always comes first. */
export async function interleave(
  sides: Readonly<Record<string, Side>>,
  { rounds, progress }: BenchOptions,
): Promise<readonly Round[]> {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(sides);
    if (round % 2 === 1) order.reverse();
    const figures: Record<string, Figures> = {};
    for (const [name, side] of order) {
      progress(`round ${round + 1}/${rounds}: ${name}`);
      figures[name] = await side(round);
    }
    done.push(figures);
  }
  return done;
}

export function compare(rounds: readonly Round[], comparison: Comparison): Ratio {
  const { figure, ours, peer, aim } = comparison;
  const ours_values = rounds.map((round) => figureOf(round, ours, figure));
  const peer_values = rounds.map((round) => figureOf(round, peer, figure));
  const ratio = spreadOf(ratios(ours_values, peer_values));
  return {
    ...comparison,
    ratio,
    ours_value: spreadOf(ours_values),
    peer_value: spreadOf(peer_values),
    met: aim === undefined ? null : 'at_most' in aim ? ratio.median <= aim.at_most : ratio.median >= aim.at_least,
  };
}

function figureOf(round: Round, side: string, figure: string): number {
  const value = round[side]?.[figure];
  if (value === undefined) throw new RangeError(`${side} did not measure ${figure}`);
  return value;
}
