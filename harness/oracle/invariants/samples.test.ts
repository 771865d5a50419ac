import t from 'tap';
import type { SampleRecord } from '../../history.ts';
import { HistoryBuilder } from '../test-support/history-builder.ts';

function said(metric: SampleRecord['metric'], phase: SampleRecord['phase'], value: number): readonly string[] {
  const run = new HistoryBuilder().add({ kind: 'sample', at_ms: 1, metric, phase, value, bound: 10 });
  return [run.say(9), run.say(10)];
}
const UNKNOWN = 'unknown: not-exercised';

t.test('a stalled reader is capped while it stalls', async (t) => {
  t.strictSame(said('stalled_bytes', 'loaded', 10), ['true', UNKNOWN]);
  t.strictSame(said('stalled_bytes', 'loaded', 11), ['stalled-reader-unbounded', UNKNOWN]);
  t.strictSame(said('rss_bytes', 'loaded', 11), ['stalled-reader-unbounded', UNKNOWN]);
  t.strictSame(said('stalled_bytes', 'healed', 11), ['stalled-reader-unbounded', UNKNOWN]);
});

t.test('after healing counts return to their baseline', async (t) => {
  for (const metric of ['connections', 'subscriptions', 'rss_bytes'] as const) {
    t.strictSame(said(metric, 'healed', 10), [UNKNOWN, 'true']);
    t.strictSame(said(metric, 'healed', 11), [UNKNOWN, 'not-back-to-baseline']);
    t.strictSame(said(metric, 'baseline', 11), [UNKNOWN, UNKNOWN], 'the baseline is no judgement');
  }
});
