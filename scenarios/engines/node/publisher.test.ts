import type { RequestListener } from 'node:http';
import t from 'tap';
import { now } from '../../../harness/clock.ts';
import { REQUEST_TIMEOUT_MS } from '../../../harness/timeouts.ts';
import { Random } from '../../../spec/random.ts';
import { Trend } from '../../metrics/trend.ts';
import { restartMidRun } from '../../restart-mid-run.ts';
import { sessionAt, type Declared } from '../../test-support/session-at.ts';
import { Publisher } from './publisher.ts';
import type { Session } from './session.ts';

function publisherOf(session: Session, events_per_second: number, lag = new Trend()): Publisher {
  return new Publisher({
    session,
    stream: { id: 's', account: session.account(0, 1) },
    workload: { ...restartMidRun.workload, events_per_second },
    random: new Random(1),
    first_ms: now(),
    lag,
  });
}

t.test('a schedule that nobody can keep is told by its lag and by what was never sent, and can be ended', async (t) => {
  // Answers nothing, so that everything stays under way.
  using at = await sessionAt(() => undefined);
  const { session, over } = at;
  const lag = new Trend();
  const publisher = publisherOf(session, 1e8, lag);
  const publishing = publisher.run();
  // A loop that never yields would keep this from being reached.
  while (publisher.unsent === 0) await new Promise((resolve) => setImmediate(resolve));
  over.abort();
  await publishing;
  await publisher.end();
  t.ok(lag.select().percentile(99) > 0);
  t.same(session.notes.last_attempts, [], 'what the end of the load cut off was given up by nobody');
  const sent = session.recorder.records.filter(({ kind }) => kind === 'append').length;
  t.equal(sent, 1_000, 'what is under way is bounded');
});

/** The one append that ends a stream, at a target that never says whether it took it. */
async function endAt(declared: Declared, answer: RequestListener) {
  using at = await sessionAt(answer, declared);
  const { session } = at;
  await publisherOf(session, 1).end();
  const { records } = session.recorder;
  const attempts = records.flatMap((record) => (record.kind === 'append' ? [record] : []));
  return {
    attempts,
    last_attempts: session.notes.last_attempts,
    took_ms: (records.at(-1)?.at_ms ?? NaN) - (records[0]?.at_ms ?? NaN),
  };
}

t.test('a key is used no longer than the target remembers it, however long its recovery may take', async (t) => {
  const times = { idempotency_ms: 2_000, recovery_ms: 5_000 };
  const { attempts, last_attempts, took_ms } = await endAt(
    { capabilities: ['idempotent-append'], times },
    (_request, response) => {
      response.writeHead(500).end();
    },
  );
  t.ok(attempts.length > 1);
  t.same(last_attempts, [attempts.at(-1)?.op], 'its result is the last word');
  t.ok(took_ms < times.idempotency_ms, `${String(took_ms)} ms`);
});

t.test('what is not done yet is tried again as long as recovery may take: no key needs to be remembered', async (t) => {
  const times = { idempotency_ms: 10, recovery_ms: 500 };
  const { took_ms } = await endAt({ capabilities: ['idempotent-append'], times }, (_request, response) => {
    response.writeHead(503, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'unavailable', message: 'later' } }));
  });
  t.ok(took_ms > times.recovery_ms, `${String(took_ms)} ms`);
});

t.test('an append is waited for as long as the target declares', async (t) => {
  const { attempts, took_ms } = await endAt({ times: { request_ms: 300 } }, () => undefined);
  t.equal(attempts.length, 1);
  t.ok(took_ms >= 299 && took_ms < REQUEST_TIMEOUT_MS, `${String(took_ms)} ms`);
});
