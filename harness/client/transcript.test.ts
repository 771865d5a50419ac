import t from 'tap';
import { Redactor, type Secret } from './redactor.ts';
import { exchangeOf } from './test-support/exchange.ts';
import { transcribe, type TranscriptOptions } from './transcript.ts';

const KEY: Secret = { kind: 'key', name: 'a', value: 'secret-key-123' };
const JSON_HEAD = [['Content-Type', 'application/json']] as const;

function show(exchange: Parameters<typeof exchangeOf>[0], options: Partial<TranscriptOptions> = {}): string[] {
  const lines = transcribe([exchangeOf(exchange)], { redactor: new Redactor([KEY]), ...options });
  return lines.map(
    ({ direction, offset, text }) => `${{ sent: '>', received: '<', note: '#' }[direction]}${offset ?? ''} ${text}`,
  );
}

t.test('an exchange reads from the request line to its end, with offsets and times', async (t) => {
  const exchange = exchangeOf({
    number: 3,
    request: { method: 'POST', path: '/x', headers: [['Host', 'h:1']], body: '{"a":\n1}' },
    status: 202,
    headers: [['Content-Type', 'text/event-stream']],
    chunks: ['id: 1\ndata: a', 'b\n\n'],
    sent_ms: 1005,
    headers_ms: 1010,
    ended_ms: 1020,
  });
  const lines = transcribe([exchange], { redactor: new Redactor([]), began_ms: 1000 });
  const line = (direction: string, at_ms: number, offset: number | null, text: string) => ({
    ...{ exchange: 3, direction, at_ms, offset, text },
  });
  t.strictSame(lines, [
    line('sent', 5, null, 'POST /x HTTP/1.1'),
    line('sent', 5, null, 'Host: h:1'),
    line('sent', 5, 0, '{"a":'),
    line('sent', 5, 6, '1}'),
    line('received', 10, null, 'HTTP/1.1 202'),
    line('received', 10, null, 'Content-Type: text/event-stream'),
    line('received', 11, 0, 'id: 1'),
    line('received', 11, 6, 'data: a‹chunk ends›'),
    line('received', 12, 13, 'b'),
    line('received', 12, 15, ''),
    line('note', 20, null, 'ended: complete, 16 body bytes'),
  ]);
});

t.test('line ends other than LF are shown, what cannot be printed is escaped', async (t) => {
  const body = Buffer.from('a\r\nb\rc\x00\x1b[2J\x7f \xff\xc3\n', 'latin1');
  t.strictSame(show({ chunks: [body, 'é…𝒳\u2028\u202e\ufeff\n', 'x\r', '\ny'] }).slice(2, -1), [
    '<0 a\\x0d',
    '<3 b\\x0d',
    '<5 c\\x00\\x1b[2J\\x7f \\xff\\xc3',
    '<16 é…𝒳\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xef\\xbb\\xbf',
    '<35 x\\x0d',
    '<37 \\x0a',
    '<38 y',
  ]);
});

t.test('exchanges side by side are told in order of time', async (t) => {
  const long = exchangeOf({ number: 1, sent_ms: 0, headers_ms: 10, chunks: ['a\n', 'b\n'], ended_ms: 50 });
  const short = exchangeOf({ number: 2, sent_ms: 11.5, headers_ms: null, end: 'refused', error: 'E', ended_ms: 11.7 });
  const notes = [{ at_ms: 5, text: 'between' }];
  const lines = transcribe([long, short], { redactor: new Redactor([]), notes });
  t.strictSame(
    lines.map(({ exchange, at_ms }) => [exchange, at_ms]),
    [
      [1, 0],
      [0, 5],
      [1, 10],
      [1, 11],
      [2, 11.5],
      [2, 11.7],
      [1, 12],
      [1, 50],
    ],
  );
});

t.test('how it ended is told', async (t) => {
  const last = (parts: Parameters<typeof exchangeOf>[0]) => show(parts).at(-1);
  t.equal(last({ end: 'reset', error: 'ECONNRESET', chunks: ['abc'] }), '# ended: reset (ECONNRESET), 3 body bytes');
  t.equal(
    last({ chunks: ['abc'], discarded_bytes: 7000, reused_socket: true }),
    '# ended: complete, 7,003 body bytes, 7,000 of them not kept, on a socket used before',
  );
  t.strictSame(show({ status: 0, headers_ms: null, end: 'refused', error: 'ECONNREFUSED' }), [
    '> GET / HTTP/1.1',
    '# ended: refused (ECONNREFUSED), 0 body bytes',
  ]);
});

t.test('secrets are hidden everywhere, also echoed, encoded and cut by chunks', async (t) => {
  const lines = show({
    request: {
      method: 'POST',
      path: `/s?ticket=ticket-9876&k=${KEY.value}`,
      headers: [
        ['Authorization', `Bearer ${KEY.value}`],
        ['X-Proof', `Basic ${Buffer.from(`me:${KEY.value}`).toString('base64')}`],
      ],
      body: `{"key":"${KEY.value}"}`,
    },
    headers: [['X-Echo', `was ${KEY.value}!`]],
    chunks: ['<secret-k', 'ey-1', '23> and\n<tick', 'et-9876>'],
  });
  t.strictSame(lines.slice(0, -1), [
    '> POST /s?ticket=‹ticket:1›&k=‹key:a› HTTP/1.1',
    '> Authorization: Bearer ‹key:a›',
    '> X-Proof: Basic bWU6‹key:a›',
    '>0 {"key":"‹key:a›"}',
    '< HTTP/1.1 200',
    '< X-Echo: was ‹key:a›!',
    '<0 <‹key:a›‹chunk ends›',
    '<9 ‹chunk ends›',
    '<13 > and',
    '<21 <‹ticket:1›‹chunk ends›',
    '<26 >',
  ]);
});

t.test('what a later exchange shows to be a ticket is hidden in the earlier ones, and in notes', async (t) => {
  const early = exchangeOf({ chunks: ['ticket-4711 is coming'] });
  const late = exchangeOf({ number: 2, sent_ms: 50, headers: JSON_HEAD, chunks: ['{"ticket":"ticket-4711"}'] });
  const notes = [{ at_ms: 60, text: 'revoked\nticket-4711' }];
  const lines = transcribe([early, late], { redactor: new Redactor([]), notes });
  t.notOk(lines.some(({ text }) => text.includes('4711')));
  t.match(
    lines.find(({ exchange }) => exchange === 0),
    { direction: 'note', at_ms: 60, text: 'revoked\\x0a‹ticket:1›' },
  );
});

t.test('padding and long lines are shortened with a count, not within a character or secret', async (t) => {
  const limits = { line_bytes: 40, run_bytes: 32 };
  const long = `data: ${'ab'.repeat(40)}`;
  t.strictSame(
    show({ chunks: [`:${' '.repeat(4096)}\n${'\0'.repeat(40)}${'='.repeat(31)}\n${long}\n`] }, { limits }).slice(2, -1),
    ['<0 :‹4,096 × " "›', `<4098 ‹40 × "\\x00"›${'='.repeat(31)}`, `<4170 ${long.slice(0, 40)}‹46 more bytes›`],
  );
  const split = show({ chunks: [`${'x-'.repeat(19)}x€€€`] }, { limits })[2];
  t.equal(split, `<0 ${'x-'.repeat(19)}x‹9 more bytes›`, 'a character is shown whole or not');
  const hidden = show({ chunks: [`${'x-'.repeat(17)}${KEY.value} after`] }, { limits })[2];
  t.equal(hidden, `<0 ${'x-'.repeat(17)}‹key:a›‹14 more bytes›`, 'a secret across the cut is its label');
});

t.test('the middle of a long body and of many exchanges is counted, not shown', async (t) => {
  const body = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('');
  t.strictSame(show({ chunks: [body] }, { limits: { first_lines: 2, last_lines: 1 } }).slice(2), [
    '<0 line 0',
    '<7 line 1',
    '# ‹97 lines, 768 bytes left out›',
    '<782 line 99',
    '# ended: complete, 790 body bytes',
  ]);
  const three = show({ chunks: ['a\nb\nc\n'] }, { limits: { first_lines: 1, last_lines: 1 } });
  t.strictSame(three.slice(2, -1), ['<0 a', '<2 b', '<4 c'], 'a note in place of one line saves nothing');
  const limits = { first_exchanges: 1, last_exchanges: 1 };
  const exchanges = [1, 2, 3, 4].map((number) =>
    exchangeOf({ number, sent_ms: number * 1000, headers_ms: null, ended_ms: number * 1000 + 1 }),
  );
  const lines = transcribe(exchanges, { redactor: new Redactor([]), limits });
  t.strictSame(
    lines.map(({ exchange, text }) => `${exchange} ${text}`),
    [
      '1 GET / HTTP/1.1',
      '1 ended: complete, 0 body bytes',
      '2 ‹2 exchanges left out›',
      '4 GET / HTTP/1.1',
      '4 ended: complete, 0 body bytes',
    ],
  );
});
