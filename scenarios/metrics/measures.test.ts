import t from 'tap';
import { restartMidRun } from '../restart-mid-run.ts';
import { chartedModes } from './series.ts';
import { FIRST, Story } from './test-support/story.ts';

t.test(
  'a server that stalls shows in p95 by the events that were due meanwhile, not by those it let through',
  async (t) => {
    const story = new Story().attach('one', 0, FIRST);
    // Due every 10 ms; from 500 on the server answers nothing for two seconds, and the generator is held up with it.
    for (let id = 1; id <= 50; id += 1) story.append(id, id * 10, id * 10, id * 10 + 1).deliver('one', id, id * 10 + 2);
    for (let id = 51; id <= 100; id += 1) story.append(id, id * 10, 2_500, 2_501).deliver('one', id, 2_502);
    const p95_ms = story.latency().percentile(95);
    t.ok(p95_ms > 1_900, `p95 ${String(p95_ms)}`);
    const from_send = story.measures.trends.event_latency_from_send.select();
    t.ok(from_send.percentile(95) < 10, 'from the actual send it would have been hidden');
  },
);

t.test(
  'what is undelivered at the end counts at its age, is shown as censored, and is lost once nobody can hope',
  async (t) => {
    const story = new Story().attach('one', 0, FIRST);
    story.append(1, 100, 100, 110).deliver('one', 1, 120);
    story
      .append(2, 200, 200, 210)
      .append(3, 4_500, 4_500, 4_510)
      .append(4, 4_600, 4_600, null)
      .end('one', 5_000, 'client');
    story.measures.finish(true, 5_000);
    const latency = story.latency().percentiles();
    t.match(latency, { count: 3, censored: 2, max_ms: 4_800 }, 'event 4 was never acknowledged');
    t.match(story.measures.worst.all[0], { id: 2, latency_ms: 4_800, censored: true });
    t.equal(story.measures.counters.lost, 1, 'event 3 may still be on its way');
  },
);

t.test('latency is not reset by a reconnect, and leaves out only the time away by own will', async (t) => {
  const cut = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110).end('one', 150).attach('two', 900);
  cut.deliver('two', 1, 1_000);
  t.equal(cut.latency().max_ms, 900);
  t.equal(cut.measures.trends.reconnect_gap.select().max_ms, 750);
  t.equal(cut.measures.trends.replay_duration.select().max_ms, 100);
  const left = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110).end('one', 150, 'client');
  left.attach('two', 900, { away: [150, 900] }).deliver('two', 1, 1_000);
  t.equal(left.latency({ phase: 'replay' }).max_ms, 150, '50 before it left and 100 after it came back');
  t.equal(left.measures.trends.reconnect_gap.select().count, 0);
});

t.test('a late reader waits since it came, in a population of its own', async (t) => {
  const story = new Story()
    .append(1, 100, 100, 110)
    .attach('one', 3_000, { away: [0, 3_000] })
    .deliver('one', 1, 3_040);
  t.match(story.latency({ phase: 'replay' }).percentiles(), { count: 1, max_ms: 40 });
  t.equal(story.measures.trends.replay_duration.select().max_ms, 40);
});

t.test('phases follow the faults, by any part of the time an event was on its way', async (t) => {
  const story = new Story().attach('one', 0, FIRST);
  story.append(1, 100, 100, 101).deliver('one', 1, 110).append(2, 190, 190, 191);
  story.tell({ kind: 'fault', fault: 'kill', target: 'x', at_ms: 200 }).deliver('one', 2, 210);
  story.append(3, 220, 220, 221).tell({ kind: 'heal', fault: 'kill', target: 'x', at_ms: 300 }).deliver('one', 3, 450);
  story.append(4, 460, 460, 461).deliver('one', 4, 470).append(5, 640, 640, 641).deliver('one', 5, 650);
  const count = (phase: string): number => story.latency({ phase }).count;
  t.same(['steady', 'fault', 'healed'].map(count), [1, 2, 2]);
  t.same(story.measures.slo.healToSlo(story.measures.phases), [300], 'events were over budget until the window at 600');
});

t.test('a service is healed when late events have stopped coming, not when the first one was in time', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 190, 190, 191);
  story.tell({ kind: 'fault', fault: 'kill', target: 'x', at_ms: 200 });
  story.tell({ kind: 'heal', fault: 'kill', target: 'x', at_ms: 300 });
  // Another stream never felt it; the one that did comes back later.
  story.append(2, 340, 340, 341).deliver('one', 2, 342).append(3, 440, 440, 441).deliver('one', 3, 442);
  story.attach('two', 500, { ...FIRST, lineage: 'other' }).deliver('two', 1, 950);
  story.append(4, 1_010, 1_010, 1_011).deliver('one', 4, 1_012);
  t.same(story.measures.slo.healToSlo(story.measures.phases), [700]);
});

t.test('a stall that outlasts the look ahead is not healed by its silence', async (t) => {
  const story = new Story().attach('one', 0, FIRST);
  story.tell({ kind: 'fault', fault: 'kill', target: 'x', at_ms: 900 });
  story.tell({ kind: 'heal', fault: 'kill', target: 'x', at_ms: 1_000 });
  story.append(1, 1_050, 1_050, 1_051).deliver('one', 1, 1_052);
  for (let id = 2; id <= 20; id += 1) story.append(id, 1_000 + id * 100, 1_000 + id * 100, 1_001 + id * 100);
  for (let id = 2; id <= 20; id += 1) story.deliver('one', id, 3_120);
  const { slo, phases } = story.measures;
  t.same(slo.healToSlo(phases), [null]);
  story.append(21, 3_250, 3_250, 3_251).deliver('one', 21, 3_252);
  t.same(slo.healToSlo(phases), [2_200], 'events were overdue from 1,300 until 3,120');
  story.append(22, 6_000, 6_000, 6_001).measures.finish(true, 9_000);
  t.same(slo.healToSlo(phases), [2_200], 'what stalls much later is another matter');
});

t.test('duplicates and holes are counted; a gap excuses; a final read must hold everything', async (t) => {
  const twice = new Story()
    .attach('one', 0, FIRST)
    .append(1, 1, 1, 2)
    .deliver('one', 1, 3)
    .end('one', 4)
    .attach('two', 5);
  t.equal(twice.deliver('two', 1, 6).measures.counters.duplicated, 1);
  const allowed = new Story(true).attach('one', 0, FIRST).append(1, 1, 1, 2).deliver('one', 1, 3).end('one', 4);
  t.equal(allowed.attach('two', 5).deliver('two', 1, 6).measures.counters.duplicated, 0, 'a reconnect may repeat');
  t.equal(allowed.deliver('two', 1, 7).measures.counters.duplicated, 1, 'one subscription may not');
  const holed = new Story().attach('one', 0, FIRST).append(1, 1, 1, 2).append(2, 2, 2, 3).deliver('one', 2, 4);
  holed.measures.finish(true, 20);
  t.equal(holed.measures.counters.lost, 1);
  const told = new Story().attach('one', 0, FIRST).append(1, 1, 1, 2).append(2, 2, 2, 3);
  told.tell({ kind: 'gap', subscription: 'one', through: 1, at_ms: 3 }).deliver('one', 2, 4).measures.finish(true, 20);
  t.equal(told.measures.counters.lost, 0);
  const final = new Story().append(1, 1, 1, 2).append(2, 2, 2, 3).attach('f', 9, { mode: 'final' }).deliver('f', 1, 10);
  final.end('f', 11, 'server', true).measures.finish(true, 20);
  t.equal(final.measures.counters.lost, 1);
  t.equal(final.latency().count, 0, 'a final read is no reader');
});

t.test('the series shows each window by itself, silence included', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 10, 10, 11).deliver('one', 1, 20).append(2, 30, 30, 40);
  story.append(3, 900, 900, 901);
  t.match(story.measures.series.points, [
    { at_ms: 0, delivered: 1, queue_depth: 1 },
    { at_ms: 250, delivered: 0, p95_ms: null, queue_depth: 1 },
    { at_ms: 500, delivered: 0 },
  ]);
});

t.test('the series draws those who are sent their events: a poller counts as a delivery and by its mode', async (t) => {
  const story = new Story().attach('one', 0, FIRST).attach('p', 0, { mode: 'poll', lineage: 'poller' });
  story.append(1, 10, 10, 11).deliver('one', 1, 14).deliver('p', 1, 240).append(2, 300, 300, 301);
  t.match(story.measures.series.points, [{ delivered: 2, p95_ms: 4, max_ms: 4 }]);
  t.equal(story.latency({ mode: 'poll' }).count, 1);
});

t.test('pollers are drawn where nobody else reads', async (t) => {
  const { workload } = restartMidRun;
  const capable = { capabilities: new Set(['long-poll'] as const) };
  const nobody = { ...workload.subscribers, live: 0, late: 0, reconnecting: 0 };
  t.same(chartedModes(workload, capable), ['sse', 'long-poll']);
  t.same(chartedModes(workload, { capabilities: new Set() }), ['sse']);
  t.same(chartedModes({ ...workload, subscribers: nobody }, capable), ['long-poll']);
  t.same(chartedModes({ ...workload, subscribers: nobody }, { capabilities: new Set() }), ['poll']);
});
