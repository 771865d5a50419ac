import t from 'tap';
import { now } from '../../../harness/clock.ts';
import { Random } from '../../../spec/random.ts';
import { Trend } from '../../metrics/trend.ts';
import { restartMidRun } from '../../restart-mid-run.ts';
import { sessionAt } from '../../test-support/session-at.ts';
import { Publisher } from './publisher.ts';

t.test('a schedule that nobody can keep is told by its lag and by what was never sent, and can be ended', async (t) => {
  // Answers nothing, so that everything stays under way.
  using at = await sessionAt(() => undefined);
  const { session, over } = at;
  const lag = new Trend();
  const publisher = new Publisher({
    session,
    stream: { id: 's', account: session.account(0, 1) },
    workload: { ...restartMidRun.workload, events_per_second: 1e8 },
    random: new Random(1),
    first_ms: now(),
    lag,
  });
  const publishing = publisher.run();
  // A loop that never yields would keep this from being reached.
  while (publisher.unsent === 0) await new Promise((resolve) => setImmediate(resolve));
  over.abort();
  await publishing;
  t.ok(lag.select().percentile(99) > 0);
  const sent = session.recorder.records.filter(({ kind }) => kind === 'append').length;
  t.equal(sent, 1_000, 'what is under way is bounded');
});
