/** How reports write numbers. Always with a unit, at most three significant digits, en-US separators. */
import type { Outcome, ThresholdResult } from '../harness/result.ts';

/** What an outcome is called and drawn as wherever it stands; the symbol never stands alone for a reader of colours. */
export const OUTCOME_LABELS: Readonly<Record<Outcome, { readonly word: string; readonly symbol: string }>> = {
  pass: { word: 'passed', symbol: '✓' },
  fail: { word: 'failed', symbol: '✗' },
  inconclusive: { word: 'inconclusive', symbol: '?' },
  'not-observed': { word: 'not observed', symbol: '○' },
  'not-applicable': { word: 'not applicable', symbol: '–' },
};

/** Three significant digits, no exponent: 1234.5 → `1,235`, 0.04567 → `0.0457`. */
function significant(value: number): string {
  const decimals = value === 0 ? 0 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals });
}

export function formatCount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** `0.42 ms`, `812 ms`, `1.83 s`, `2 min 5 s`. */
export function formatMs(value: number): string {
  const size = Math.abs(value);
  if (size < 999.5) return `${significant(value)} ms`;
  if (size < 119_500) return `${significant(value / 1000)} s`;
  const seconds = Math.round(size / 1000);
  const text = `${formatCount(Math.floor(seconds / 60))} min ${seconds % 60} s`;
  return value < 0 ? `-${text}` : text;
}

export function formatBytes(value: number): string {
  const size = Math.abs(value);
  if (size < 1024) return `${formatCount(value)} B`;
  if (size < 1024 ** 2) return `${significant(value / 1024)} KiB`;
  return size < 1024 ** 3 ? `${significant(value / 1024 ** 2)} MiB` : `${significant(value / 1024 ** 3)} GiB`;
}

export function formatRate(value: number): string {
  return `${significant(value * 100)} %`;
}

const UNITS: Readonly<Record<ThresholdResult['unit'], (value: number) => string>> = {
  ms: formatMs,
  count: formatCount,
  'per-second': (value) => `${significant(value)}/s`,
  rate: formatRate,
  bytes: formatBytes,
};

export function formatValue(value: number, unit: ThresholdResult['unit']): string {
  return UNITS[unit](value);
}

/** `1 check`, `2 checks`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** A stable code as words: `owner-not-taken-over` → `Owner not taken over`. */
export function sentenceOf(code: string): string {
  const words = code.replaceAll('-', ' ').trim();
  return words === '' ? 'No reason given' : words.charAt(0).toUpperCase() + words.slice(1);
}
