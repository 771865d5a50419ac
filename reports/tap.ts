/** TAP 14 (testanything.org). What does not count is TODO, what was not observed is SKIP. */
import type { RunResult } from '../harness/result.ts';
import type { ReportContext } from './context.ts';
import { testPoints, type TestPoint } from './test-points.ts';

/** `#` would start a directive and `\` an escape. */
function description(text: string): string {
  return text.replace(/[\\#]/g, '\\$&');
}

function directive({ status, message }: TestPoint): string {
  if (status === 'tolerated') return ` # TODO ${description(message)}`;
  return status === 'skipped' ? ` # SKIP ${description(message)}` : '';
}

/** A YAML block whose values are JSON, which is YAML, so nothing in them can end the block. */
function diagnostics(point: TestPoint): readonly string[] {
  if (point.status === 'ok' || point.status === 'skipped') return [];
  const entries: TestPoint['details'] = { message: point.message, severity: point.status, ...point.details };
  const lines = Object.entries(entries).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [`  ${key}: ${JSON.stringify(value)}`]
      : [`  ${key}:`, ...value.map((item) => `    - ${JSON.stringify(item)}`)],
  );
  return ['  ---', ...lines, `  duration_ms: ${point.duration_ms}`, '  ...'];
}

export function renderTap(result: RunResult, context: ReportContext): string {
  const points = testPoints(result, context.rows);
  const lines = points.flatMap((point, index) => {
    const holds = point.status === 'ok' || point.status === 'skipped';
    const name = description(`${point.suite}: ${point.name}`);
    return [`${holds ? 'ok' : 'not ok'} ${index + 1} - ${name}${directive(point)}`, ...diagnostics(point)];
  });
  return ['TAP version 14', `1..${points.length}`, ...lines, ''].join('\n');
}
