import t from 'tap';
import { sessionAt } from '../../test-support/session-at.ts';
import { PollReader } from './poll-reader.ts';

t.test('a long poll is given what it asks for on top of what an answer may take', async (t) => {
  const end = { id: 1, ts: 1, type: 'done', payload: {} };
  const page = { job_id: 's', status: 'completed', events: [end], next_cursor: 1, last_event_id: 1, event_count: 1 };
  const request_ms = 200;
  const interval_ms = 2_000;
  let asked = 0;
  using at = await sessionAt(
    (_request, response) => {
      asked += 1;
      const answer = (): unknown =>
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(page));
      // Later than any other answer may take. A second one would come at once.
      setTimeout(answer, asked === 1 ? request_ms * 2 : 0);
    },
    { times: { request_ms } },
  );
  const { session } = at;
  const stream = { id: 's', account: session.account(0, 1) };
  await new PollReader({ session, stream, mode: 'long-poll', interval_ms }).run();
  t.equal(asked, 1);
});
