import t from 'tap';
import { sessionAt } from '../../test-support/session-at.ts';
import { SseReader } from './sse-reader.ts';

t.test(
  'a reader that a 204 told that nothing follows stops and says so; one that got no answer tries again',
  async (t) => {
    let asked = 0;
    let reader: SseReader | null = null;
    using at = await sessionAt((_request, response) => {
      asked += 1;
      if (asked === 2) t.match(reader?.waiting(), { dismissed: false }, 'a 500 dismisses nobody');
      response.writeHead(asked === 1 ? 500 : 204).end();
    });
    const { session } = at;
    const stream = { id: 's', account: session.account(0, 1) };
    reader = new SseReader({ session, stream, joins_after_ms: 0, leaves: null });
    await reader.run();
    t.equal(asked, 2);
    t.match(reader.waiting(), { stream: 's', dismissed: true });
    t.same(session.notes.headless, [], 'a 500 is an answer');
  },
);

t.test(
  'a request that ended without an answer is told with its times; one that the reader closed is not',
  async (t) => {
    let asked = 0;
    let reader: SseReader | null = null;
    using at = await sessionAt((request) => {
      asked += 1;
      if (asked === 1) request.socket.destroy();
      else reader?.close();
    });
    const { session } = at;
    const stream = { id: 's', account: session.account(0, 1) };
    reader = new SseReader({ session, stream, joins_after_ms: 0, leaves: null });
    await reader.run();
    t.equal(asked, 2);
    const [broken, ...others] = session.notes.headless;
    t.same(others, []);
    t.ok(broken && broken.ended_ms > broken.asked_ms);
  },
);
