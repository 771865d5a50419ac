import type { BenchResult } from './benchmark.ts';
import type { Spread } from './statistics.ts';

/** What was measured, for people. */
export function tableOf({ name, workload, rounds, ratios }: BenchResult): string {
  const head = ['figure', 'ours', 'peer', 'ratio', 'min … max', 'aim'];
  const rows = ratios.map(({ figure, ours, peer, ours_value, peer_value, ratio, aim, met }) => [
    figure,
    `${ours} ${short(ours_value.median)}`,
    `${peer} ${short(peer_value.median)}`,
    short(ratio.median),
    range(ratio),
    aim === undefined ? '' : `${'at_most' in aim ? `≤ ${aim.at_most}` : `≥ ${aim.at_least}`} ${met ? 'met' : 'missed'}`,
  ]);
  const work = Object.entries(workload).map(([what, value]) => `${what} ${value}`);
  const lines = aligned([head, ...rows]);
  return [`${name}: medians of ${rounds.length} rounds (${work.join(', ')})`, ...lines, ''].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function range({ min, max }: Spread): string {
  return `${short(min)} … ${short(max)}`;
}

/** Three digits that count. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
