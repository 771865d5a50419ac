import t from 'tap';
import { breachedSoFar, withEarlyEnd } from './early-end.ts';
import { QueueDepth } from './metrics/queue-depth.ts';
import { FIRST, Story } from './metrics/test-support/story.ts';
import { parseThresholds, type ThresholdText } from './thresholds.ts';

/** As it stands `duration_ms` after the beginning, when the first event was due. */
function breach(story: Story, duration_ms: number, ...asked: readonly Omit<ThresholdText, 'field'>[]) {
  const thresholds = parseThresholds(
    asked.map((text) => ({ field: 'here', ...text })),
    null,
  );
  const { measures } = story;
  return breachedSoFar(thresholds, { measures, queue: new QueueDepth(), duration_ms, publishing_ms: duration_ms });
}

const ABORTS = { abort_on_fail: true };

t.test('only a breach of a threshold that may, and not before its delay, ends a run', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110).deliver('one', 1, 900);
  const expression = 'event_latency: max<500ms';
  t.equal(breach(story, 1_000, { expression }), null);
  t.match(breach(story, 1_000, { expression, ...ABORTS }), { at_ms: 1_000, threshold: { value: 800, ok: false } });
  const delayed = { expression, ...ABORTS, delay_abort_eval: '2s' };
  t.equal(breach(story, 1_999, delayed), null);
  t.ok(breach(story, 2_000, delayed));
  t.equal(breach(story, 1_000, { expression: 'event_latency: max<900ms', ...ABORTS }), null);
  t.equal(breach(story, 1_000, { expression: 'reconnect_gap: max<1ms', ...ABORTS }), null, 'no samples is no breach');
});

t.test('a loss ends a run as soon as a reader has passed it over; what may still come does not', async (t) => {
  const story = new Story().attach('one', 0, FIRST);
  for (let id = 1; id <= 3; id += 1) story.append(id, id, id, id);
  const lost = { expression: 'lost: count==0', ...ABORTS };
  t.equal(breach(story.deliver('one', 1, 10), 100, lost), null, 'events 2 and 3 are on their way');
  t.match(breach(story.deliver('one', 3, 11), 100, lost), { threshold: { value: 1 } });
});

t.test('what is refused or unanswered for good ends a run; what is tried again does not', async (t) => {
  for (const [metric, outcome] of [
    ['refused', 'fail'],
    ['unanswered', 'unknown'],
  ] as const) {
    const story = new Story().append(1, 10, 10, null).answered(1, outcome, 20, false).append(1, 10, 30, null);
    const none = { expression: `${metric}: count==0`, ...ABORTS };
    t.equal(breach(story, 100, none), null);
    t.match(breach(story.answered(2, outcome, 40), 100, none), { threshold: { value: 1 } });
  }
});

t.test('a rate ends no run before a second has passed', async (t) => {
  const story = new Story().append(1, 0, 0, 10);
  const rate = { expression: 'published: rate>2', ...ABORTS };
  t.equal(breach(story, 999, rate), null);
  t.match(breach(story, 1_000, rate), { threshold: { value: 1, ok: false } });
});

t.test('the run is judged by what ended it, whatever came after', async (t) => {
  const story = new Story().attach('one', 0, FIRST).append(1, 100, 100, 110).deliver('one', 1, 900);
  const early = breach(story, 1_000, { expression: 'event_latency: p(50)<500ms', ...ABORTS });
  if (early === null) throw new Error('not breached');
  const later = { ...early.threshold, value: 20, ok: true };
  const other = { ...later, expression: 'lost: count==0' };
  t.same(withEarlyEnd([later, other], early), [early.threshold, other]);
  t.same(withEarlyEnd([later], null), [later]);
});
