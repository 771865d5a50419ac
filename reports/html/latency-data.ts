/** What the latency chart draws, as data: the static drawing and the interactive one show the same. */
import type { RunResult, SeriesPoint } from '../../harness/result.ts';
import { formatMs } from '../format.ts';
import { faultName, healingOf } from '../narrative.ts';

/** More windows than this are merged by their worst value, so that no spike is lost. */
const POINTS_SHOWN = 1_200;
const BANDS_SHOWN = 60;

export interface Band {
  readonly number: number;
  readonly name: string;
  readonly from_ms: number;
  /** The end of the series where the fault was not healed. */
  readonly to_ms: number;
  /** Until when latency was over its budget after the heal; null where it is not known or never ended. */
  readonly slo_ms: number | null;
  readonly bit: boolean;
}

export interface LatencyData {
  readonly at_ms: readonly number[];
  readonly p50_ms: readonly (number | null)[];
  readonly p95_ms: readonly (number | null)[];
  readonly max_ms: readonly (number | null)[];
  readonly bands: readonly Band[];
  readonly budgets: readonly { readonly value_ms: number; readonly label: string }[];
}

function worst(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function merged(series: readonly SeriesPoint[]): readonly SeriesPoint[] {
  const size = Math.ceil(series.length / POINTS_SHOWN);
  if (size <= 1) return series;
  return Array.from({ length: Math.ceil(series.length / size) }, (_, index) => {
    const window = series.slice(index * size, (index + 1) * size);
    return {
      at_ms: window[0]?.at_ms ?? 0,
      p50_ms: worst(window.map((point) => point.p50_ms)),
      p95_ms: worst(window.map((point) => point.p95_ms)),
      max_ms: worst(window.map((point) => point.max_ms)),
      delivered: window.reduce((sum, point) => sum + point.delivered, 0),
      queue_depth: Math.max(...window.map((point) => point.queue_depth)),
      reconnects: window.reduce((sum, point) => sum + point.reconnects, 0),
    };
  });
}

const NOTHING = { p50_ms: null, p95_ms: null, max_ms: null, delivered: 0, queue_depth: 0, reconnects: 0 };

/**
 * The series as charts draw it: bounded in length, each window at its end, when what it measured was known. So no spike
 * stands before the fault that made it.
 */
export function chartSeries(result: RunResult): readonly SeriesPoint[] {
  const series = merged(result.load?.series ?? []);
  const [first, second] = series;
  if (first === undefined) return [];
  const window_ms = second === undefined ? 0 : second.at_ms - first.at_ms;
  return [{ ...NOTHING, at_ms: first.at_ms }, ...series.map((point) => ({ ...point, at_ms: point.at_ms + window_ms }))];
}

function bandsOf(result: RunResult, end_ms: number): readonly Band[] {
  const healing = healingOf(result);
  return result.faults.slice(0, BANDS_SHOWN).map((fault, index) => {
    const heal_to_slo = healing.get(fault) ?? null;
    return {
      number: index + 1,
      name: faultName(fault),
      from_ms: fault.at_ms,
      to_ms: fault.healed_ms ?? end_ms,
      slo_ms: fault.healed_ms === null || heal_to_slo === null ? null : fault.healed_ms + heal_to_slo,
      bit: fault.bit,
    };
  });
}

/** null where the run has no series. */
export function latencyData(result: RunResult): LatencyData | null {
  const series = chartSeries(result);
  const last = series.at(-1);
  if (last === undefined) return null;
  const limits = result.thresholds.filter(({ metric, unit }) => metric === 'event_latency' && unit === 'ms');
  const values = [...new Set(limits.map(({ limit }) => limit))];
  return {
    at_ms: series.map((point) => point.at_ms),
    p50_ms: series.map((point) => point.p50_ms),
    p95_ms: series.map((point) => point.p95_ms),
    max_ms: series.map((point) => point.max_ms),
    bands: bandsOf(result, last.at_ms),
    budgets: values.slice(0, 3).map((value_ms) => ({ value_ms, label: `budget ${formatMs(value_ms)}` })),
  };
}
