/** A distribution of durations, kept apart by tags and merged when it is asked for. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { Percentiles } from '../../harness/result.ts';

/** Microseconds: a tenth of a percent of any duration up to an hour. */
const PER_MS = 1_000;
const HIGHEST_US = 3_600_000 * PER_MS;

function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: HIGHEST_US, numberOfSignificantValueDigits: 3 });
}

export type Tags = Readonly<Record<string, string>>;

interface Population {
  readonly tags: Tags;
  readonly histogram: Histogram;
  /** Of what is below zero, by its magnitude; null while there is nothing. */
  below: Histogram | null;
  censored: number;
  /** The histogram rounds; the ends are kept as they were. */
  min_ms: number;
  max_ms: number;
}

export class Trend {
  readonly #populations = new Map<string, Population>();

  record(value_ms: number, tags: Tags = {}): void {
    this.#record(value_ms, tags, false);
  }

  /** It was still waiting at this age when the run ended: counted as this long, which it is at least. */
  censor(age_ms: number, tags: Tags = {}): void {
    this.#record(age_ms, tags, true);
  }

  /** What the tags select; all of it without tags. */
  select(tags: Tags = {}): TrendView {
    return new TrendView(
      [...this.#populations.values()].filter((population) =>
        Object.entries(tags).every(([name, value]) => population.tags[name] === value),
      ),
    );
  }

  #record(value_ms: number, tags: Tags, censored: boolean): void {
    const key = JSON.stringify(tags);
    const population = this.#populations.get(key) ?? {
      tags,
      histogram: newHistogram(),
      below: null,
      censored: 0,
      min_ms: Number.POSITIVE_INFINITY,
      max_ms: Number.NEGATIVE_INFINITY,
    };
    this.#populations.set(key, population);
    const histogram = value_ms < 0 ? (population.below ??= newHistogram()) : population.histogram;
    histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(Math.abs(value_ms) * PER_MS))));
    population.min_ms = Math.min(population.min_ms, value_ms);
    population.max_ms = Math.max(population.max_ms, value_ms);
    if (censored) population.censored += 1;
  }
}

/** The lowest rank that so many percent are at or below: of 11 the eleventh is p95, not the tenth. */
function nearestRank(percent: number, count: number): number {
  const exact = (percent * count) / 100;
  // A product of fractions may come out a little above the whole number that it is.
  return Math.max(1, Math.ceil(exact * (1 - 4 * Number.EPSILON)));
}

export class TrendView {
  readonly count: number;
  readonly censored: number;
  readonly min_ms: number;
  readonly max_ms: number;
  readonly #histogram = newHistogram();
  readonly #below = newHistogram();

  constructor(populations: readonly Population[]) {
    for (const { histogram, below } of populations) {
      this.#histogram.add(histogram);
      if (below !== null) this.#below.add(below);
    }
    this.count = this.#below.totalCount + this.#histogram.totalCount;
    this.censored = populations.reduce((sum, { censored }) => sum + censored, 0);
    this.min_ms = Math.min(...populations.map(({ min_ms }) => min_ms));
    this.max_ms = Math.max(...populations.map(({ max_ms }) => max_ms));
  }

  /** `percent` from 0 to 100; of what is not empty. */
  percentile(percent: number): number {
    const below = this.#below.totalCount;
    const rank = nearestRank(percent, this.count);
    const value_us =
      rank <= below
        ? -this.#below.getValueAtPercentile((100 * (below - rank + 1)) / below)
        : this.#histogram.getValueAtPercentile((100 * (rank - below)) / this.#histogram.totalCount);
    return Math.max(this.min_ms, Math.min(this.max_ms, value_us / PER_MS));
  }

  mean_ms(): number {
    const sum_us =
      this.#histogram.mean * this.#histogram.totalCount -
      (this.#below.totalCount === 0 ? 0 : this.#below.mean * this.#below.totalCount);
    return sum_us / this.count / PER_MS;
  }

  /** null without samples. */
  percentiles(): Percentiles | null {
    if (this.count === 0) return null;
    return {
      count: this.count,
      censored: this.censored,
      min_ms: this.min_ms,
      p50_ms: this.percentile(50),
      p95_ms: this.percentile(95),
      p99_ms: this.percentile(99),
      max_ms: this.max_ms,
    };
  }
}
