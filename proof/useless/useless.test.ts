import t from 'tap';
import { openProxy } from '../../chaos/index.ts';
import { RawClient } from '../../chaos/test-support.ts';
import { ask, Reading, serveJobs } from '../mutants/test-jobs.ts';
import { cannedReplayServer, recorder, uselessServers } from './index.ts';

/** What each says to a plain GET: status line and the rest, as far as it is the same each time. */
const ANSWERS: Record<string, RegExp | null> = {
  'never-answers': null,
  'always-200': /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n0\r\n\r\n$|^HTTP\/1.1 200 OK\r\n[^]*Content-Length: 0\r\n/i,
  'always-204': /^HTTP\/1.1 204 /,
  'always-302': /^HTTP\/1.1 302 [^]*Location: \/\r\n/,
  'always-401': /^HTTP\/1.1 401 /,
  'always-404': /^HTTP\/1.1 404 /,
  'always-500': /^HTTP\/1.1 500 /,
  echo: /^HTTP\/1.1 200 [^]*GET \/any\/where\nHost\ntest/,
  'html-page': /text\/html[^]*<h1>/,
  'heartbeats-for-ever': /text\/event-stream[^]*: heartbeat\n\n[^]*: heartbeat\n\n/,
  'headers-then-close': /text\/event-stream[^]*\r\n\r\n0\r\n\r\n$/,
};

for (const server of uselessServers) {
  t.test(server.name, async (t) => {
    await using running = await server.start();
    using client = new RawClient(running.url);
    client.get('/any/where');
    const expected = ANSWERS[server.name];
    if (expected === undefined) throw new Error(`no test says what ${server.name} answers`);
    if (expected === null) {
      // Closing ends what was never answered.
      await running.close();
      await client.ended();
      t.equal(client.text, '');
      return;
    }
    await client.until(({ text }) => expected.test(text));
    t.match(client.text, expected);
  });
}

t.test('echo sends a body back', async (t) => {
  const server = uselessServers.find(({ name }) => name === 'echo');
  await using running = await (server?.start() ?? Promise.reject(new Error('no echo')));
  const answer = await ask(running.url, 'POST', '/x', {
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  });
  t.match(answer, { status: 200, text: '{"a":1}', headers: { 'content-type': 'application/json' } });
});

t.test('canned replay: what a healthy server said, whatever is asked', async (t) => {
  await using healthy = await serveJobs();
  const recording = recorder();
  await using proxy = await openProxy({ target: healthy.url, faults: [recording.fault] });
  const { job_id } = JSON.parse((await ask(proxy.url, 'POST', '/api/pipeline/start')).text) as { job_id: string };
  await ask(proxy.url, 'POST', `/api/jobs/${job_id}/events`, { body: '[{"n":1}\u001fdone]' });
  using live = new Reading(proxy.url, `/api/jobs/${job_id}/stream`);
  await live.until(({ ended }) => ended !== null);
  t.equal(live.ids, '1 2', 'recording changes nothing');
  t.equal(recording.recording.length, 3);

  await using canned = await cannedReplayServer(recording.recording).start();
  t.match((await ask(canned.url, 'POST', '/api/pipeline/start')).text, job_id);
  using again = new Reading(canned.url, '/api/jobs/99999999-0000-4000-8000-000000000000/stream');
  await again.until(({ ended }) => ended !== null);
  t.equal(again.ids, '1 2', 'for another stream as well');
  t.match(await ask(canned.url, 'DELETE', '/never/recorded'), { status: 200 });
  t.throws(() => cannedReplayServer([]), /recording: found no exchange/);
});
