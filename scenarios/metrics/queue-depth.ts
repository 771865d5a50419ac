/** Queue depth by source: what the target says of itself, and what the harness sees. */
import { send } from '../../harness/client/http-client.ts';
import type { Target } from '../../harness/target.ts';
import { PROBE_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { hasOwnMetrics } from './catalog.ts';

export type Source = 'target' | 'harness';

export class QueueDepth {
  readonly last = new Map<Source, number>();
  readonly max = new Map<Source, number>();

  sample(source: Source, value: number): void {
    this.last.set(source, value);
    this.max.set(source, Math.max(value, this.max.get(source) ?? 0));
  }
}

/** The value of a series in the Prometheus text format, the highest where it stands several times; null: not there. */
export function readSeries(exposition: string, name: string): number | null {
  const values = exposition.split('\n').flatMap((line) => {
    const match = /^([A-Za-z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)/.exec(line);
    const value = match?.[1] === name ? Number(match[2]) : NaN;
    return Number.isFinite(value) ? [value] : [];
  });
  return values.length === 0 ? null : Math.max(...values);
}

/** The furthest of all instances that answer; null when none says. */
export async function scrapeQueueDepth(target: Target, signal: AbortSignal): Promise<number | null> {
  if (!hasOwnMetrics(target)) return null;
  const name = target.metric_names['queue_depth'] ?? 'queue_depth';
  const answers = await Promise.all(
    target.instances.map(async ({ metrics_url }) => {
      if (metrics_url === null) return [];
      const request = { method: 'GET', path: metrics_url.pathname + metrics_url.search };
      const timeouts = { total_ms: PROBE_TIMEOUT_MS };
      // An instance that is down right now says nothing.
      const { status, body } = await send({ base: new URL(metrics_url.origin), request, timeouts, signal });
      const value = status === 200 ? readSeries(body.toString('utf8'), name) : null;
      return value === null ? [] : [value];
    }),
  );
  const values = answers.flat();
  return values.length === 0 ? null : Math.max(...values);
}
