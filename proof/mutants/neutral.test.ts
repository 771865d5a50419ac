import fc from 'fast-check';
import t from 'tap';
import { openProxy } from '../../chaos/index.ts';
import { canonicalJson } from '../../harness/oracle/canonical-json.ts';
import { Random } from '../../spec/random.ts';
import { neutralTransforms } from './index.ts';
import { breakLines, shuffleMembers } from './json-text.ts';
import { ask, Reading, serveJobs, type Answer } from './test-jobs.ts';

const TIMES = { heartbeat_ms: 40, event_latency_ms: 100 };
const EVENTS = ['{"n":1}', '{"z":[1,{"b":2.50,"a":1e3}],"big":9007199254740993,"s":"a,b\\"{é😀"}', '{}', 'done'];

interface Seen {
  readonly events: unknown[];
  readonly resumed: unknown[];
  readonly poll: string;
  readonly unknown: Answer;
  readonly wire: string;
  readonly chunks: number;
  readonly headers: Answer['headers'];
}

async function see(url: URL): Promise<Seen> {
  const { job_id } = JSON.parse((await ask(url, 'POST', '/api/pipeline/start')).text) as { job_id: string };
  const path = `/api/jobs/${job_id}`;
  using live = new Reading(url, `${path}/stream`);
  await live.until(({ text }) => text.length > 0);
  for (const event of EVENTS) await ask(url, 'POST', `${path}/events`, { body: `[${event}]` });
  await live.until(({ ended }) => ended !== null);
  using again = new Reading(url, `${path}/stream`, { 'last-event-id': '2' });
  await again.until(({ ended }) => ended !== null);
  const poll = await ask(url, 'GET', `${path}/events`);
  const unknown = await ask(url, 'GET', '/api/jobs/none/snapshot');
  const events = (reading: Reading): unknown[] =>
    // The hop's own have no id.
    reading.events
      .filter(({ id }) => id !== '')
      .map(({ id, data }) => ({ id, data: canonicalJson(data).replaceAll(job_id, 'JOB') }));
  return {
    events: events(live),
    resumed: events(again),
    poll: canonicalJson(poll.text).replaceAll(job_id, 'JOB'),
    unknown: { ...unknown, headers: {}, took_ms: 0 },
    wire: again.text.replaceAll(job_id, 'JOB'),
    chunks: again.chunks.length,
    headers: poll.headers,
  };
}

const WIRE: Record<string, RegExp> = {
  crlf: /id: 3\r\ndata: .*\r\n\r\n/,
  'lone-cr': /id: 3\rdata: [^\n]*\r\r/,
  'byte-order-mark': /^\uFEFF/,
  'extra-comments': /: a remark\n:\n: another: with colon\nid: 3\n/,
  'multi-line-data': /data: \{"id":3,\ndata: "job_id":"JOB",\n/,
  'repeated-retry': /retry: 1000\nid: 3\n/,
};

for (const neutral of neutralTransforms) {
  t.test(neutral.name, async (t) => {
    await using server = await serveJobs();
    const healthy = await see(server.url);
    await using proxy = await openProxy({ target: server.url, faults: neutral.faults(9, TIMES) });
    const seen = await see(proxy.url);
    t.same(seen.events, healthy.events);
    t.equal(seen.events.length, EVENTS.length);
    t.same(seen.resumed, healthy.resumed);
    t.equal(seen.poll, healthy.poll);
    t.same(seen.unknown, healthy.unknown, 'the 404 stays the same to the byte');
    t.same(proxy.failures, []);
    const shape = WIRE[neutral.name];
    if (shape !== undefined) t.match(seen.wire, shape);
    if (neutral.name === 'json-key-order') t.not(seen.wire, healthy.wire);
    if (neutral.name === 'extra-headers') t.match(seen.headers, { via: '1.1 hop', 'x-served-by': 'hop-1, hop-2' });
    if (neutral.name === 'heartbeat-rate') t.notMatch(seen.wire, ': heartbeat');
    else t.ok(proxy.log.bites(neutral.name).length > 0 || neutral.name === 'merged-chunks', 'it bit');
  });
}

t.test('chunks that come close together arrive as one; an idle stream has other heartbeats', async (t) => {
  await using server = await serveJobs();
  const neutral = (name: string) =>
    neutralTransforms.find((candidate) => candidate.name === name)?.faults(1, TIMES) ?? [];
  await using merging = await openProxy({ target: server.url, faults: neutral('merged-chunks') });
  await using beating = await openProxy({ target: server.url, faults: neutral('heartbeat-rate') });
  const { job_id } = JSON.parse((await ask(server.url, 'POST', '/api/pipeline/start')).text) as { job_id: string };
  using merged = new Reading(merging.url, `/api/jobs/${job_id}/stream`);
  using idle = new Reading(beating.url, `/api/jobs/${job_id}/stream`);
  await merged.until(({ text }) => text.length > 0);
  t.ok(await idle.until(({ text }) => (text.match(/: another heartbeat\n\n/g) ?? []).length >= 3));
  await ask(server.url, 'POST', `/api/jobs/${job_id}/events`, { body: `[${EVENTS.join('\u001f')}]` });
  await merged.until(({ ended }) => ended !== null);
  t.equal(merged.chunks.length, 2);
  t.equal(merging.log.bites('merged-chunks').length, 1);
});

t.test('shuffled JSON is the same JSON, and equal texts stay equal', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.boolean(), (value, seed, spaced) => {
      const text = JSON.stringify(value, null, spaced ? 2 : 0);
      const shuffled = shuffleMembers(text, new Random(seed));
      return (
        canonicalJson(shuffled) === canonicalJson(text) &&
        shuffled === shuffleMembers(text, new Random(seed)) &&
        canonicalJson(breakLines(text).join('\n')) === canonicalJson(text)
      );
    }),
  );
});
