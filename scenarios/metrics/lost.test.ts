import t from 'tap';
import { FIRST, Story } from './test-support/story.ts';

const FINAL = { mode: 'final', lineage: 'final' } as const;

t.test('an event whose id was given to another one is lost, although something came under its id', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 10, 10, 11).deliver('one', 1, 12);
  // Event 2 is acknowledged and forgotten in a crash; event 3 is given its id.
  story.append(2, 20, 20, 21).append(3, 30, 30, 31, 2).deliver('one', 2, 32, 3);
  story.attach('f', 40, FINAL).deliver('f', 1, 41).deliver('f', 2, 42, 3).end('f', 43, 'server', true);
  story.measures.finish(true, 50);
  t.equal(story.measures.counters.lost, 1, 'counted once, however many readers miss it');
  t.equal(story.measures.counters.duplicated, 0);
  t.match(story.latency().percentiles(), { count: 3, censored: 1, max_ms: 30 }, 'nor does its wait vanish');
});

t.test('an id seen live for one event and given to another one is neither a duplicate nor a receipt', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 10, 10, null).deliver('one', 1, 12);
  story.end('one', 13).append(2, 20, 20, 21, 1).attach('two', 30).deliver('two', 1, 31, 2);
  story.measures.finish(true, 40);
  t.match(story.measures.counters, { lost: 0, duplicated: 0 }, 'event 1 was promised to nobody, event 2 arrived');
  t.equal(story.latency().count, 2);
});

t.test('one payload received under two ids is a duplicate', async (t) => {
  const story = new Story()
    .attach('one', 0, FIRST)
    .append(1, 10, 10, 11)
    .deliver('one', 1, 12)
    .deliver('one', 2, 13, 1);
  t.equal(story.measures.counters.duplicated, 1);
});

t.test('what came without an id came all the same', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 10, 10, 11).deliver('one', null, 12, 1);
  story.measures.finish(true, 5_000);
  t.equal(story.measures.counters.lost, 0);
  t.equal(story.latency().max_ms, 2);
});

t.test('a reader is owed what it asked for: not what lies before its cursor, nor what a gap excuses', async (t) => {
  const story = new Story();
  for (let id = 1; id <= 6; id += 1) story.append(id, id, id, id);
  story.attach('one', 10, { away: [0, 10], cursor: 2 });
  story.tell({ kind: 'gap', subscription: 'one', through: 4, at_ms: 11 }).deliver('one', 6, 12);
  story.measures.finish(true, 20);
  t.equal(story.measures.counters.lost, 1, 'event 5 alone');
});

t.test('a gap or an id that names no event moves nobody: what is lost behind it is counted', async (t) => {
  const story = new Story().attach('one', 0, FIRST);
  for (let id = 1; id <= 3; id += 1) story.append(id, id, id, id);
  story.tell({ kind: 'gap', subscription: 'one', through: NaN, at_ms: 11 }).deliver('one', NaN, 12, 1);
  t.equal(story.measures.queueDepth(), 3);
  story.deliver('one', 3, 13);
  t.equal(story.measures.queueDepth(), 0);
  story.measures.finish(true, 20);
  t.equal(story.measures.counters.lost, 1, 'event 2 alone');
});

t.test('ids with wide spaces between them are counted as events', async (t) => {
  const story = new Story().attach('one', 0, FIRST);
  for (let event = 1; event <= 3; event += 1) story.append(event, event, event, event, event * 1e12);
  t.equal(story.measures.queueDepth(), 3);
  story.deliver('one', 1e12, 10, 1).deliver('one', 3e12, 11, 3);
  t.equal(story.measures.queueDepth(), 0);
  story.measures.finish(true, 20);
  t.equal(story.measures.counters.lost, 1);
});

t.test('what a reader lacks that was told to come no more is lost, however lately it was acknowledged', async (t) => {
  const lost = (dismissed: boolean): number => {
    const story = new Story().attach('one', 0, FIRST).end('one', 5).append(1, 10, 10, 11).deliver('one', 1, 12);
    story.append(2, 20, 20, 21);
    story.measures.neverAttached({ lineage: 'reader', stream: 's', wanted_ms: 15, away: null, dismissed });
    story.measures.finish(true, 50);
    return story.measures.counters.lost;
  };
  t.equal(lost(true), 2);
  t.equal(lost(false), 0, 'it may still come');
});
