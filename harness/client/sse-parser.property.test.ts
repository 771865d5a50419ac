import assert from 'node:assert/strict';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import t from 'tap';
import { bodyBytes, bodyText, cutOffsets, cuts } from './test-support/arbitrary-body.ts';
import { PARSER_DIFFERENCES, type LibraryEvent } from './test-support/known-differences.ts';
import { cut, parseChunks, withoutTimes, type Parsed } from './test-support/parse.ts';
import { referenceParse } from './test-support/reference-parser.ts';

const RUNS = { numRuns: 3000 };

t.test('any bytes, however cut, are read as the reference reads them', async () => {
  fc.assert(
    fc.property(bodyBytes, cuts, fc.constantFrom('', '12'), (body, fractions, last_event_id) => {
      const parsed = parseChunks(cut(body, ...cutOffsets(fractions, body.length)), { last_event_id });
      assert.deepEqual(withoutTimes(parsed), referenceParse(body, last_event_id));
    }),
    RUNS,
  );
});

t.test('an item arrives with the chunk that holds its last byte', async () => {
  fc.assert(
    fc.property(bodyBytes, cuts, (body, fractions) => {
      const offsets = cutOffsets(fractions, body.length);
      for (const item of parseChunks(cut(body, ...offsets)).items) {
        assert.equal(item.at_ms, offsets.filter((offset) => offset < item.end_offset).length);
      }
    }),
    RUNS,
  );
});

t.test('after every prefix of a stream the cursor is the reference’s', async () => {
  fc.assert(
    fc.property(bodyBytes, (body) => {
      for (let length = 0; length <= body.length; length++) {
        const prefix = body.subarray(0, length);
        assert.equal(
          parseChunks([prefix]).last_event_id,
          referenceParse(prefix).last_event_id,
          `after ${length} bytes`,
        );
      }
    }),
    { numRuns: 500 },
  );
});

/** What eventsource-parser hands out for the text; it reports an event's own id only. */
function libraryEvents(chunks: readonly string[]): LibraryEvent[] {
  const events: LibraryEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data, id }) => events.push({ type: event ?? 'message', data, id: id ?? null }),
  });
  for (const chunk of chunks) parser.feed(chunk);
  return events;
}

function ourEvents({ items }: Parsed): LibraryEvent[] {
  return items
    .filter((item) => item.kind === 'event')
    .map(({ type, data, has_id, last_event_id }) => ({ type, data, id: has_id ? last_event_id : null }));
}

t.test('eventsource-parser sees the same events, where no known difference is in play', async () => {
  fc.assert(
    fc.property(bodyText, cuts, (text, fractions) => {
      // It withholds what a last lone CR ends (a known difference), so a line end is added.
      const body = Buffer.from(`${text}\n`);
      const chunks = cut(body, ...cutOffsets(fractions, body.length));
      const decoder = new TextDecoder();
      const decoded = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
      assert.deepEqual(libraryEvents(decoded), ourEvents(parseChunks(chunks)));
    }),
    RUNS,
  );
});

t.test('the known differences of eventsource-parser are still there', async (t) => {
  for (const { name, chunks, ours, theirs } of PARSER_DIFFERENCES) {
    const parsed = parseChunks(chunks.map((chunk) => Buffer.from(chunk)));
    t.strictSame({ events: ourEvents(parsed), cursor: parsed.last_event_id }, ours, `${name}: ours`);
    const events = libraryEvents(chunks);
    const cursor = events.findLast((event) => event.id !== null)?.id ?? '';
    t.strictSame({ events, cursor }, theirs, `${name}: theirs`);
    t.notSame(ours, theirs, `${name}: they differ`);
  }
});
