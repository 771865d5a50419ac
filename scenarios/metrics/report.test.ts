import t from 'tap';
import { parseThresholds } from '../thresholds.ts';
import { QueueDepth } from './queue-depth.ts';
import { judgeThreshold, metricResults } from './report.ts';
import { FIRST, Story } from './test-support/story.ts';

function valueOf(expression: string, story: Story, publishing_ms: number): number | null | undefined {
  const [threshold] = parseThresholds([{ field: 'here', expression }], null);
  const queue = new QueueDepth();
  return threshold && judgeThreshold(threshold, { measures: story.measures, queue, publishing_ms }).value;
}

t.test('the highest queue depth is the highest that was seen, also between two samples', async (t) => {
  const { measures } = new Story()
    .attach('one', 0, FIRST)
    .append(1, 10, 10, 11)
    .append(2, 20, 20, 21)
    .deliver('one', 2, 260);
  const queue = new QueueDepth();
  const highest = () => metricResults({ measures, queue, publishing_ms: 1 })['queue_depth_max'];
  t.match(highest(), { value: 2, tagged: { 'source:harness': 2 } });
  queue.sample('harness', 3);
  queue.sample('target', 7);
  t.match(highest(), { value: 7, tagged: { 'source:harness': 3, 'source:target': 7 } });
});

t.test('a rate is per second of publishing, and none where nothing was published', async (t) => {
  const story = new Story().append(1, 5_000, 5_000, 5_010).append(2, 5_500, 5_500, 5_510);
  t.equal(story.measures.first_due_ms, 5_000);
  t.equal(valueOf('published: rate>1', story, 1_000), 2);
  t.equal(valueOf('published: rate>1', new Story(), 0), 0);
  story.measures.publishingEnded();
  story.append(3, 5_900, 5_900, 9_000);
  t.equal(valueOf('published: rate>1', story, 1_000), 2, 'nor does what came later count');
  t.equal(valueOf('published: count>1', story, 1_000), 3);
});
