import t from 'tap';
import { FIRST, NO_NOTES, Story } from './test-support/story.ts';
import { Trend } from './trend.ts';

const KILL = { kind: 'fault', fault: 'kill', target: 'x' } as const;

t.test('silence until the end of the run counts, also when no record tells of it', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110);
  story.measures.finish(true, 9_000);
  t.match(story.latency().percentiles(), { censored: 1, max_ms: 8_900 });
  t.equal(story.measures.counters.lost, 1);
  t.match(story.measures.series.points.at(-1), { at_ms: 8_750, delivered: 0, queue_depth: 1 });
});

t.test('an append that was never acknowledged is censored in append_duration', async (t) => {
  const story = new Story().append(1, 100, 100, 105).append(2, 200, 200, null);
  story.measures.finish(true, 1_200);
  t.match(story.measures.trends.append_duration.select().percentiles(), { count: 2, censored: 1, max_ms: 1_000 });
});

t.test('from its acknowledgement an event may arrive in negative time', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 100, 100, null).deliver('one', 1, 103);
  // The same append's result: told after the event was received.
  story.tell({ kind: 'append-result', op: 'op-1', outcome: 'ok', ids: [1], at_ms: 108 });
  story.append(2, 200, 200, 205).deliver('one', 2, 207);
  t.match(story.measures.trends.event_latency_from_ack.select().percentiles(), { count: 2, min_ms: -5, max_ms: 2 });
});

t.test('what was late before the fault came is no part of its phase, however long it is waited for', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110).append(2, 500, 500, null);
  story
    .append(3, 2_950, 2_950, 2_960)
    .tell({ ...KILL, at_ms: 3_000 })
    .append(4, 2_970, 3_010, null);
  story.measures.finish(true, 9_000);
  const dropped = story.latency({ phase: 'steady' }).percentiles();
  t.match(dropped, { count: 1, censored: 1, max_ms: 8_900 }, 'event 1');
  t.equal(story.latency({ phase: 'fault' }).count, 1, 'event 3 was still in time when the fault came');
  const { append_duration } = story.measures.trends;
  t.match(append_duration.select({ phase: 'steady' }).percentiles(), { censored: 1, max_ms: 8_500 }, 'event 2');
  t.equal(append_duration.select({ phase: 'fault' }).censored, 1, 'event 4');
});

t.test('an event that was dropped before its reader left is no replay', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110).append(2, 120, 120, 130);
  story
    .deliver('one', 2, 140)
    .end('one', 2_000, 'client')
    .attach('two', 2_250, { away: [2_000, 2_250] });
  story.measures.finish(true, 5_000);
  t.match(story.latency({ phase: 'steady' }).percentiles(), { count: 2, censored: 1, max_ms: 4_650 });
});

t.test('a request of a stream that ended without headers counts at its age, in the phase of its fault', async (t) => {
  const story = new Story();
  const headless = [
    { asked_ms: 100, ended_ms: 600 },
    { asked_ms: 900, ended_ms: 1_300 },
  ];
  // Told before the fault that the second one met.
  story.measures.note({ ...NO_NOTES, headless });
  story.append(1, 700, 700, 710).tell({ ...KILL, at_ms: 1_000 });
  const { connect_duration } = story.measures.trends;
  t.match(connect_duration.select({ phase: 'steady' }).percentiles(), { count: 1, censored: 1, max_ms: 500 });
  story.measures.finish(true, 2_000);
  t.match(connect_duration.select({ phase: 'fault' }).percentiles(), { count: 1, censored: 1, max_ms: 400 });
});

t.test('a percentile is the value of its nearest rank: with few samples, the worst of them', async (t) => {
  const percentile = (percent: number, count: number): number => {
    const trend = new Trend();
    for (let rank = 1; rank <= count; rank += 1) trend.record(rank);
    return Math.round(trend.select().percentile(percent));
  };
  for (const count of [1, 11, 12, 15, 19]) t.equal(percentile(95, count), count);
  t.equal(percentile(95, 20), 19);
  t.equal(percentile(95, 21), 20);
  t.equal(percentile(50, 5), 3);
  t.equal(percentile(0, 5), 1);
  // 0.07 * 100 is a little more than 7.
  t.equal(percentile(7, 100), 7);
  t.equal(percentile(99.9, 1_000), 999);
});

t.test('a trend ranks what is below zero below the rest', async (t) => {
  const trend = new Trend();
  for (const value_ms of [-30, -20, -10, 0.001, 10, 20, 30, 40, 50, 60]) trend.record(value_ms);
  const view = trend.select();
  const near = (percent: number, wanted_ms: number): void => {
    t.ok(
      Math.abs(view.percentile(percent) - wanted_ms) < 0.1,
      `p${String(percent)} ${String(view.percentile(percent))}`,
    );
  };
  near(0, -30);
  near(10, -30);
  near(20, -20);
  near(30, -10);
  near(50, 10);
  near(90, 50);
  near(100, 60);
  t.ok(Math.abs(view.mean_ms() - 15) < 0.1);
});

t.test('a reader that was cut and cannot come back is behind; one that left of its own will is not', async (t) => {
  const cut = new Story().attach('one', 0, FIRST).end('one', 5).append(1, 10, 10, 11).append(2, 20, 20, 21);
  t.equal(cut.measures.queueDepth(), 2);
  const left = new Story().attach('one', 0, FIRST).end('one', 5, 'client').append(1, 10, 10, 11);
  t.equal(left.measures.queueDepth(), 0);
});

t.test('what a reader came for is its replay and no queue; what comes then, and what a cut left, is', async (t) => {
  const late = new Story()
    .append(1, 1, 1, 1)
    .append(2, 2, 2, 2)
    .attach('one', 10, { away: [0, 10] });
  t.equal(late.measures.queueDepth(), 0);
  t.equal(late.append(3, 11, 11, 11).measures.queueDepth(), 1);
  late.deliver('one', 1, 12).deliver('one', 2, 12).deliver('one', 3, 12).end('one', 13, 'client');
  late.append(4, 14, 14, 14).attach('two', 20, { away: [13, 20] });
  t.equal(late.measures.queueDepth(), 0, 'it came back of its own will');
  late.deliver('two', 4, 21).end('two', 22).append(5, 23, 23, 23).attach('three', 30);
  t.equal(late.measures.queueDepth(), 1, 'it was cut');
});

t.test('a reader that left, wanted to come back and was never answered waits since it wanted to', async (t) => {
  const story = new Story().attach('one', 0, FIRST).end('one', 100, 'client').append(1, 200, 200, 210);
  const asked = { lineage: 'reader', stream: 's', wanted_ms: 1_000, away: [100, 1_000], dismissed: false } as const;
  story.measures.neverAttached(asked);
  story.measures.finish(true, 5_000);
  t.match(story.latency({ phase: 'replay' }).percentiles(), { censored: 1, max_ms: 4_000 });
  t.match(story.measures.trends.replay_duration.select().percentiles(), { censored: 1, max_ms: 4_000 });
  t.match(story.measures.trends.connect_duration.select().percentiles(), { count: 2, censored: 1, max_ms: 4_000 });
});

t.test('a late reader that never got in waits for its replay since it came', async (t) => {
  const story = new Story().append(1, 200, 200, 210);
  const came = { wanted_ms: 1_000, away: [0, 1_000], dismissed: false } as const;
  story.measures.neverAttached({ ...came, lineage: 'late', stream: 's' });
  story.measures.neverAttached({ ...came, lineage: 'nothing to replay', stream: 'empty' });
  story.measures.finish(true, 5_000);
  t.match(story.measures.trends.replay_duration.select().percentiles(), { count: 1, censored: 1, max_ms: 4_000 });
});

t.test('a replay leaves out the time that its reader was away in the middle of it', async (t) => {
  const story = new Story()
    .append(1, 1, 1, 2)
    .append(2, 2, 2, 3)
    .attach('one', 100, { away: [0, 100] });
  story
    .deliver('one', 1, 110)
    .end('one', 120, 'client')
    .attach('two', 620, { away: [120, 620] })
    .deliver('two', 2, 630);
  t.equal(story.measures.trends.replay_duration.select().max_ms, 30);
});
