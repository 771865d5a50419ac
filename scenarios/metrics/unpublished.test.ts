import t from 'tap';
import type { ThresholdResult } from '../../harness/result.ts';
import { restartMidRun } from '../restart-mid-run.ts';
import { parseThresholds } from '../thresholds.ts';
import { QueueDepth } from './queue-depth.ts';
import { judgeThreshold } from './report.ts';
import { Story } from './test-support/story.ts';

/** Event 1, due and sent at 100, was never acknowledged. */
function told(tell: (story: Story) => Story) {
  const { measures } = tell(new Story().append(1, 100, 100, null));
  const { published, refused, unanswered } = measures.counters;
  return { published, refused, unanswered };
}

const NEITHER = { published: 0, refused: 0, unanswered: 0 };

t.test('what the target did not take is refused, what nobody was told of is unanswered, at once', async (t) => {
  t.same(
    told((story) => story.answered(1, 'fail', 110)),
    { ...NEITHER, refused: 1 },
  );
  t.same(
    told((story) => story.answered(1, 'unknown', 110)),
    { ...NEITHER, unanswered: 1 },
  );
  t.same(
    told((story) => story.answered(1, 'ok', 110)),
    { ...NEITHER, unanswered: 1 },
    'acknowledged without an id',
  );
});

t.test('what is tried again is neither before it is given up, and is published when it succeeds', async (t) => {
  for (const outcome of ['fail', 'unknown'] as const) {
    const again = (story: Story): Story => story.answered(1, outcome, 110, false);
    t.same(told(again), NEITHER);
    t.same(
      told((story) => again(story).append(1, 100, 120, 130)),
      { ...NEITHER, published: 1 },
    );
  }
});

t.test('what may have been taken once was not refused, whatever was said of it later', async (t) => {
  const twice = told((story) =>
    story.answered(1, 'unknown', 110, false).append(1, 100, 120, null).answered(2, 'fail', 130),
  );
  t.same(twice, { ...NEITHER, unanswered: 1 });
});

t.test(
  'a fault excuses what it, or its traces within the time of recovery, may have cut off, and nothing else',
  async (t) => {
    const kill = { fault: 'kill', target: 'x' } as const;
    const cut = told((story) => story.tell({ kind: 'fault', ...kill, at_ms: 105 }).answered(1, 'unknown', 110));
    t.same(cut, NEITHER);
    const sentAfterHeal = (after_ms: number) => {
      const story = new Story().tell({ kind: 'fault', ...kill, at_ms: 50 }).tell({ kind: 'heal', ...kill, at_ms: 90 });
      return story.append(1, 90, 90 + after_ms, null).answered(1, 'unknown', 100 + after_ms).measures.counters
        .unanswered;
    };
    t.equal(sentAfterHeal(1_000), 0);
    t.equal(sentAfterHeal(1_001), 1);
    const before = told((story) =>
      story
        .answered(1, 'unknown', 110, false)
        .tell({ kind: 'fault', ...kill, at_ms: 115 })
        .append(1, 100, 120, null)
        .answered(2, 'unknown', 130),
    );
    t.same(before, { ...NEITHER, unanswered: 1 }, 'the first attempt was not answered either, when nothing was wrong');
  },
);

/** Every third of 30 events, due from `from_ms` on, is never answered; a fault from 3 to 4 s excuses each of them. */
function breachedByHangs(from_ms: number): readonly ThresholdResult[] {
  const story = new Story();
  const fault = { fault: 'kill', target: 'x' };
  if (from_ms > 4_000)
    story.tell({ kind: 'fault', ...fault, at_ms: 3_000 }).tell({ kind: 'heal', ...fault, at_ms: 4_000 });
  for (let event = 1; event <= 30; event += 1) {
    const due_ms = from_ms + event;
    story.append(event, due_ms, due_ms, event % 3 === 0 ? null : due_ms + 5);
  }
  if (from_ms < 4_000) story.tell({ kind: 'fault', ...fault, at_ms: 3_000 });
  for (let event = 3; event <= 30; event += 3)
    story.answered(event, 'unknown', Math.min(4_900, from_ms + 10_000) + event);
  story.measures.finish(true, 20_000);
  t.equal(story.measures.counters.unanswered, 0);
  const asked = restartMidRun.thresholds.map((expression) => ({ field: 'here', expression }));
  const measured = { measures: story.measures, queue: new QueueDepth(), publishing_ms: 15_000 };
  return parseThresholds(asked, null)
    .map((threshold) => judgeThreshold(threshold, measured))
    .filter(({ ok, value }) => !ok && value !== null);
}

t.test('appends that hang break a shipped budget, although a fault excuses each of them', async (t) => {
  t.match(breachedByHangs(0), [{ expression: 'append_duration{phase:steady}: p(95)<10s' }], 'from the beginning');
  t.match(
    breachedByHangs(4_500),
    [{ expression: 'append_duration{phase:healed}: p(95)<10s' }],
    'from the last heal on',
  );
});
