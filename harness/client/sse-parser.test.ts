import t from 'tap';
import type { SseItem } from './sse-event.ts';
import { createSseParser, SseBlockTooLarge } from './sse-parser.ts';
import { FORMAT_CASES } from './test-support/format-cases.ts';
import { bytewise, cut, parseChunks, withoutTimes } from './test-support/parse.ts';
import { referenceParse } from './test-support/reference-parser.ts';

t.test('the cases of the standard and of web-platform-tests, whole and cut everywhere', async (t) => {
  for (const { name, source, body, events, cursor, retry_ms } of FORMAT_CASES) {
    const bytes = Buffer.from(body);
    const title = `${name} (${source})`;
    const whole = parseChunks([bytes]);
    const dispatched = whole.items
      .filter((item) => item.kind === 'event')
      .map(({ type, data, last_event_id }) => [type, data, last_event_id]);
    t.strictSame(dispatched, events, title);
    t.equal(whole.last_event_id, cursor ?? events.at(-1)?.[2] ?? '', `${title}: cursor`);
    t.equal(whole.retry_ms, retry_ms ?? null, `${title}: retry`);
    t.strictSame(withoutTimes(whole), referenceParse(bytes), `${title}: as the reference reads it`);

    const expected = JSON.stringify(withoutTimes(whole));
    const differing: string[] = [];
    const compare = (how: string, chunks: readonly Uint8Array[]): void => {
      if (JSON.stringify(withoutTimes(parseChunks(chunks))) !== expected) differing.push(how);
    };
    compare('byte by byte', bytewise(bytes));
    for (let first = 0; first <= bytes.length; first++) {
      compare(`cut at ${first}`, cut(bytes, first));
      if (bytes.length > 120) continue;
      for (let second = first; second <= bytes.length; second++) {
        compare(`cut at ${first} and ${second}`, cut(bytes, first, second));
      }
    }
    t.strictSame(differing, [], `${title}: the same however it is cut`);
  }
});

t.test('a blank line that is a lone CR ends its block before anything follows', async (t) => {
  const items: SseItem[] = [];
  const parser = createSseParser((item) => items.push(item));
  parser.push(Buffer.from('id: 7\rdata: a\r\r'), 1);
  t.match(items, [{ kind: 'event', data: 'a', last_event_id: '7', start_offset: 0, end_offset: 15, at_ms: 1 }]);
  t.equal(parser.last_event_id, '7');
  parser.push(Buffer.from('\ndata: b\n\n'), 2);
  t.equal(items.length, 2, 'the LF that came later is the rest of a line end, not a blank line');
  t.match(items[1], { data: 'b', start_offset: 16, end_offset: 25, at_ms: 2 });
});

t.test('items carry the time of the chunk that completed them', async (t) => {
  const { items } = parseChunks(['data: a\n', '\n: c', 'omment\ndata: b\n\nid: 9\n', '\n'].map((s) => Buffer.from(s)));
  t.match(items, [
    { kind: 'event', data: 'a', start_offset: 0, end_offset: 9, at_ms: 1 },
    { kind: 'comment', text: 'comment', start_offset: 9, end_offset: 19, at_ms: 2 },
    { kind: 'event', data: 'b', start_offset: 9, end_offset: 28, at_ms: 2 },
    { kind: 'silent', last_event_id: '9', has_id: true, retry_ms: null, start_offset: 28, end_offset: 35, at_ms: 3 },
  ]);
  t.equal(items.length, 4);
});

t.test('comments lose one space at most, and a block of comments alone is no block', async (t) => {
  const { items } = parseChunks([Buffer.from(':\n: a\n:  b\n:c\n\n')]);
  t.strictSame(
    items.map((item) => item.kind === 'comment' && item.text),
    ['', 'a', ' b', 'c'],
  );
});

t.test('what the client had seen stays its cursor until an id comes', async (t) => {
  const options = { last_event_id: '41' };
  t.match(parseChunks([Buffer.from('data: x\n\n')], options).items, [{ last_event_id: '41', has_id: false }]);
  t.equal(parseChunks([], options).last_event_id, '41');
  t.equal(
    parseChunks([Buffer.from('id: 42\ndata: x\n')], options).last_event_id,
    '41',
    'an unfinished block moves nothing',
  );
  t.equal(parseChunks([Buffer.from('id\n\n')], options).last_event_id, '');
});

t.test('a retry is in force from its line on; one beyond all counting is as long as can be', async (t) => {
  const parser = createSseParser(() => undefined);
  parser.push(Buffer.from('retry: 1500\n'), 0);
  t.equal(parser.retry_ms, 1500);
  parser.push(Buffer.from(`retry: ${'9'.repeat(400)}\n`), 0);
  t.equal(parser.retry_ms, Number.MAX_SAFE_INTEGER);
});

t.test('a block that is held open is bounded, and comments are not held', async (t) => {
  const bounded = { max_block_bytes: 100 };
  const tooLarge = { name: 'SseBlockTooLarge', start_offset: 9 };
  t.throws(
    () => parseChunks([Buffer.from(`data: x\n\n${'data: 0123456789\n'.repeat(10)}`)], bounded),
    tooLarge,
    'lines',
  );
  t.throws(() => parseChunks([Buffer.from(`data: x\n\ndata: ${'y'.repeat(200)}`)], bounded), tooLarge, 'one line');
  t.throws(
    () => parseChunks(bytewise(Buffer.from(`data: x\n\ndata: ${'y'.repeat(200)}`)), bounded),
    tooLarge,
    'pieces',
  );
  t.throws(() => parseChunks([Buffer.from('data\n'.repeat(200))], bounded), SseBlockTooLarge, 'empty lines');
  t.equal(parseChunks([Buffer.from(': heartbeat\n'.repeat(100))], bounded).items.length, 100);
  t.equal(parseChunks([Buffer.from(`data: ${'y'.repeat(80)}\n\n`.repeat(10))], bounded).items.length, 10);
});

t.test('an ended parser takes no more', async (t) => {
  const parser = createSseParser(() => undefined);
  parser.end();
  t.throws(() => {
    parser.push(Buffer.from('data'), 0);
  }, /ended/);
});
