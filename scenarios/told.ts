/** How people read what was measured. */
import type { ThresholdResult } from '../harness/result.ts';

export function milliseconds(value_ms: number): string {
  return Math.abs(value_ms) >= 1_000 ? `${(value_ms / 1_000).toFixed(2)} s` : `${value_ms.toFixed(1)} ms`;
}

export function seconds(value_ms: number): string {
  return `${(value_ms / 1_000).toFixed(1)} s`;
}

export function toldBreach({ expression, unit, value }: ThresholdResult): string {
  if (value === null) return `${expression}: no samples`;
  return `${expression}: measured ${unit === 'ms' ? milliseconds(value) : String(Math.round(value * 1_000) / 1_000)}`;
}
