import type { RunResult } from '../../harness/result.ts';
export function renderPage(result: RunResult): string {
  return result.headline;
}
