import t from 'tap';
import type { StreamEvent } from '../../spec/wire.ts';
import {
  blockOf,
  createEncoder,
  cutRuns,
  eventJson,
  FRAME_BYTES,
  FRAME_EVENTS,
  frameOf,
  paddingLines,
} from './sse-frame.ts';

const JOB = '6f1c2f36-0000-4000-8000-000000000000';

function event(id: number, payload_json = '{}', type = 'step_progress'): StreamEvent {
  return { id, ts: 1_700_000_000_000 + id, type, payload_json };
}

/** The body as a client gets it from the chunked framing. */
function unchunked(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const [, size = '', body = ''] = /^([0-9a-f]+)\r\n([\s\S]*)\r\n$/.exec(text) ?? [];
  return body.length === parseInt(size, 16) ? Buffer.from(body, 'latin1').toString('utf8') : 'broken framing';
}

t.test('an event is one id and one data line with the payload as it was stored', async (t) => {
  const stored = '{"n":9007199254740993,"d":1.50,"s":"\\ud800 a\u2028b é 🙂","z":-0}';
  const text = createEncoder(4096).event(JOB, event(7, stored));
  t.equal(text, `id: 7\ndata: ${eventJson(JOB, event(7, stored))}\n\n`);
  t.ok(text.includes(stored), 'the same text, number for number');
  t.equal(text.split('\n').length, 4);
});

t.test('a type cannot forge a field', async (t) => {
  const text = createEncoder(0).event(JOB, event(1, '{}', 'x\n\nid: 99\ndata: "'));
  t.equal(text.match(/^id: /gm)?.length, 1);
  t.equal(text.split('\n').length, 4);
});

t.test('padding is comments of at most 2048 spaces, at least what was asked for', async (t) => {
  for (const bytes of [0, 1, 2, 3, 100, 2049, 2050, 2051, 2052, 4096, 4097, 10_000]) {
    const padding = paddingLines(bytes);
    t.ok(padding.length >= bytes && padding.length <= bytes + 1, `${bytes} bytes are ${padding.length}`);
    t.match(padding, /^(?:: {0,2048}\n)*$/);
  }
});

t.test('the whole flush threshold follows the last blank line of a padded frame, whatever its size', async (t) => {
  for (const size of [0, 50, 2000, 4090, 40_000]) {
    const frame = frameOf(createEncoder(4096), JOB, [event(1), event(2, `"${'x'.repeat(size)}"`)], true);
    const text = frame.body.toString();
    const after_last_blank = text.slice(text.lastIndexOf('\n\n') + 2);
    t.ok(after_last_blank.length >= 4096);
    t.notMatch(after_last_blank, /^[^:]/m);
  }
  t.equal(
    frameOf(createEncoder(4096), JOB, [event(1)], false)
      .body.toString()
      .endsWith('\n\n'),
    true,
  );
});

t.test('both framings carry the same bytes', async (t) => {
  const frame = frameOf(createEncoder(10), JOB, [event(3, '"é🙂"')], true);
  t.equal(unchunked(frame.chunked), frame.body.toString());
  t.same([frame.after, frame.to, frame.terminal], [2, 3, false]);
  t.equal(frame.body.buffer, frame.chunked.buffer, 'and share their memory');
  t.equal(unchunked(blockOf('notice', 'retry: 1\n\n').chunked), 'retry: 1\n\n');
});

t.test('the frame that ends the stream says so', async (t) => {
  const ends = (last: StreamEvent): boolean => frameOf(createEncoder(0), JOB, [event(1), last], true).terminal;
  t.ok(ends(event(2, '{}', 'done')));
  t.ok(ends(event(2, '{"fatal":true}', 'error')));
  t.notOk(ends(event(2, '{"fatal":"true"}', 'error')));
  t.notOk(ends(event(2, '{"fatal":true}', 'job_status')));
});

t.test('runs keep order and lose nothing at their bounds', async (t) => {
  for (const count of [1, FRAME_EVENTS - 1, FRAME_EVENTS, FRAME_EVENTS + 1, 3 * FRAME_EVENTS]) {
    const events = Array.from({ length: count }, (_, index) => event(index + 1));
    const runs = cutRuns(events);
    t.same(runs.flat(), events);
    t.ok(runs.every((run) => run.length >= 1 && run.length <= FRAME_EVENTS));
  }
  const large = Array.from({ length: 5 }, (_, index) => event(index + 1, 'x'.repeat(FRAME_BYTES)));
  t.equal(cutRuns(large).length, 5, 'an event over the size is a frame of its own');
  t.same(cutRuns([]), []);
});
