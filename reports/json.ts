import type { RunResult } from '../harness/result.ts';

/** The result itself: `result.json`. */
export function renderJson(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
