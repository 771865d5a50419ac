/**
 * What the standard and its test suite say about event streams, as data. Sources: the examples of WHATWG HTML §9.2.6
 * and the facts that web-platform-tests `eventsource/format-*` and `event-data` assert; the last group is ours.
 */

export interface FormatCase {
  readonly name: string;
  readonly source: string;
  /** Text is sent as UTF-8. */
  readonly body: string | Uint8Array;
  /** Dispatched events in order, as `[type, data, last event id]`. */
  readonly events: readonly (readonly [type: string, data: string, last_event_id: string])[];
  /** The cursor at the end of the body; default: the last event's. */
  readonly cursor?: string;
  readonly retry_ms?: number;
}

const long_comment = 'x'.repeat(2048);

export const FORMAT_CASES: readonly FormatCase[] = [
  {
    name: 'a block of two data lines is one event',
    source: 'WHATWG example: stock ticker',
    body: 'data: YHOO\ndata: +2\ndata: 10\n\n',
    events: [['message', 'YHOO\n+2\n10', '']],
  },
  {
    name: 'an id persists, an empty id resets it, an unfinished block is dropped',
    source: 'WHATWG example: four blocks',
    body: ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n',
    events: [
      ['message', 'first event', '1'],
      ['message', 'second event', ''],
    ],
  },
  {
    name: 'only one leading space is removed, a finished third block counts',
    source: 'WHATWG example: four blocks',
    body: 'data:  third event\n\n',
    events: [['message', ' third event', '']],
  },
  {
    name: 'an empty data line dispatches, an unfinished block does not',
    source: 'WHATWG example: empty data',
    body: 'data\n\ndata\ndata\n\ndata:',
    events: [
      ['message', '', ''],
      ['message', '\n', ''],
    ],
  },
  {
    name: 'the space after the colon does not matter',
    source: 'WHATWG example: two identical events',
    body: 'data:test\n\ndata: test\n\n',
    events: [
      ['message', 'test', ''],
      ['message', 'test', ''],
    ],
  },
  {
    name: 'unknown and miscased fields dispatch nothing',
    source: 'wpt event-data',
    body: 'data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n',
    events: [
      ['message', 'msg\nmsg', ''],
      ['message', '', ''],
      ['message', 'end', ''],
    ],
  },
  {
    name: 'one byte order mark at the start is dropped, a later one is part of a field name',
    source: 'wpt format-bom',
    body: '\ufeffdata:1\n\n\ufeffdata:2\n\ndata:3\n\n',
    events: [
      ['message', '1', ''],
      ['message', '3', ''],
    ],
  },
  {
    name: 'of two byte order marks the second spoils the field name',
    source: 'wpt format-bom-2',
    body: '\ufeff\ufeffdata:1\n\ndata:2\n\ndata:3\n\n',
    events: [
      ['message', '2', ''],
      ['message', '3', ''],
    ],
  },
  {
    name: 'comments between data lines, with every line end, NUL and great length',
    source: 'wpt format-comments',
    body: `data:1\r:\0\n:\r\ndata:2\n:${long_comment}\rdata:3\n:data:fail\r:${long_comment}\ndata:4\n\n`,
    events: [['message', '1\n2\n3\n4', '']],
  },
  {
    name: 'a block without its blank line moves nothing',
    source: 'wpt format-data-before-final-empty-line',
    body: 'retry:1000\ndata:test1\n\nid:test\ndata:test2',
    events: [['message', 'test1', '']],
    cursor: '',
    retry_ms: 1000,
  },
  {
    name: 'data without colon is empty data',
    source: 'wpt format-field-data',
    body: 'data:\n\ndata\ndata\n\ndata:test\n\n',
    events: [
      ['message', '', ''],
      ['message', '\n', ''],
      ['message', 'test', ''],
    ],
  },
  {
    name: 'an empty event field leaves the type message',
    source: 'wpt format-field-event-empty',
    body: 'event: \ndata:data\n\n',
    events: [['message', 'data', '']],
  },
  {
    name: 'an event field names its own event only',
    source: 'wpt format-field-event',
    body: 'event:test\ndata:x\n\ndata:x\n\n',
    events: [
      ['test', 'x', ''],
      ['message', 'x', ''],
    ],
  },
  {
    name: 'ids are UTF-8 text',
    source: 'wpt format-field-id, format-field-id-2',
    body: 'id: …\nretry: 200\ndata: hello\n\n',
    events: [['message', 'hello', '…']],
    retry_ms: 200,
  },
  {
    name: 'an id persists over events without one',
    source: 'wpt format-field-id-3 (persists)',
    body: 'id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata: 3\n\ndata: 4\n\n',
    events: [
      ['message', '1', '1'],
      ['message', '2', '1'],
      ['message', '3', '2'],
      ['message', '4', '2'],
    ],
  },
  {
    name: 'an id with an empty value resets',
    source: 'wpt format-field-id-3 (resets)',
    body: 'id: 1\ndata: 1\n\nid:\ndata: 2\n\ndata: 3\n\n',
    events: [
      ['message', '1', '1'],
      ['message', '2', ''],
      ['message', '3', ''],
    ],
  },
  {
    name: 'an id without colon resets',
    source: 'wpt format-field-id-3 (resets, without colon)',
    body: 'id: 1\ndata: 1\n\nid\ndata: 2\n\ndata: 3\n\n',
    events: [
      ['message', '1', '1'],
      ['message', '2', ''],
      ['message', '3', ''],
    ],
  },
  ...['\0\0', 'x\0', '\0x', 'x\0x', ' \0'].map((id) => ({
    name: `an id with NUL is ignored: ${JSON.stringify(id)}`,
    source: 'wpt format-field-id-null',
    body: `id: ${id}\nretry: 200\ndata: hello\n\n`,
    events: [['message', 'hello', '']] as const,
    retry_ms: 200,
  })),
  {
    name: 'field names are exact: case, NUL, underscore and leading space count',
    source: 'wpt format-field-parsing',
    body: 'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    events: [['message', '\0\n 2\n1\n3\n\n4', '']],
  },
  {
    name: 'a bogus retry does not undo a good one',
    source: 'wpt format-field-retry-bogus',
    body: 'retry:3000\nretry:1000x\ndata:x\n\n',
    events: [['message', 'x', '']],
    retry_ms: 3000,
  },
  {
    name: 'an empty retry is ignored',
    source: 'wpt format-field-retry-empty',
    body: 'retry\ndata:test\n\n',
    events: [['message', 'test', '']],
  },
  {
    name: 'retry is decimal, leading zero or not',
    source: 'wpt format-field-retry',
    body: 'retry:03000\ndata:x\n\n',
    events: [['message', 'x', '']],
    retry_ms: 3000,
  },
  {
    name: 'unknown fields do not break a block',
    source: 'wpt format-field-unknown',
    body: 'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n',
    events: [['message', 'test\n\ntest', '']],
  },
  {
    name: 'only a space is removed after the colon, not a tab',
    source: 'wpt format-leading-space',
    body: 'data:\ttest\rdata: \ndata:test\n\n',
    events: [['message', '\ttest\n\ntest', '']],
  },
  {
    name: 'all three line ends in one block, the last blank line a lone CR',
    source: 'wpt format-newlines',
    body: 'data:test\r\ndata\ndata:test\r\n\r',
    events: [['message', 'test\n\ntest', '']],
  },
  {
    name: 'NUL is data',
    source: 'wpt format-null-character',
    body: 'data:\0\n\n',
    events: [['message', '\0', '']],
  },
  {
    name: 'the body is UTF-8 whatever the charset says',
    source: 'wpt format-utf-8',
    body: 'data:ok…\n\n',
    events: [['message', 'ok…', '']],
  },
  {
    name: 'an id-only block moves the cursor and dispatches nothing',
    source: 'WHATWG §9.2.6 dispatch, step 1 before step 2',
    body: 'id: 5\n\n',
    events: [],
    cursor: '5',
  },
  {
    name: 'an id-only block counts for the next event',
    source: 'WHATWG §9.2.6',
    body: 'id: 5\n\ndata: x\n\n',
    events: [['message', 'x', '5']],
  },
  {
    name: 'an event type without data is forgotten at the blank line',
    source: 'WHATWG §9.2.6 dispatch, step 2',
    body: 'event: lost\n\ndata: x\n\n',
    events: [['message', 'x', '']],
  },
  {
    name: 'lone CRs end lines and blocks at once',
    source: 'ours',
    body: 'data: a\r\rdata: b\r\r',
    events: [
      ['message', 'a', ''],
      ['message', 'b', ''],
    ],
  },
  {
    name: 'CRLF blank lines do not make further blocks',
    source: 'ours',
    body: 'data: a\r\n\r\nid: 1\r\ndata: b\r\n\r\n\r\n',
    events: [
      ['message', 'a', ''],
      ['message', 'b', '1'],
    ],
  },
  {
    name: 'LF CR is two line ends',
    source: 'ours',
    body: 'data: a\n\rdata: b\n\r',
    events: [
      ['message', 'a', ''],
      ['message', 'b', ''],
    ],
  },
  {
    name: 'characters of two, three and four bytes, U+2028 and U+FEFF inside data',
    source: 'ours',
    body: 'data: é—𝒳 \u2028\ufeff.\n\n',
    events: [['message', 'é—𝒳 \u2028\ufeff.', '']],
  },
  {
    name: 'bytes that are no UTF-8 become replacement characters, as the decoder of the standard places them',
    source: 'WHATWG Encoding §8.1',
    body: Buffer.from('data: \xe2\x82|\xf0\x9d\x92|\x80|\xc0\xaf|\xed\xa0\x80\n\n', 'latin1'),
    events: [['message', '\ufffd|\ufffd|\ufffd|\ufffd\ufffd|\ufffd\ufffd\ufffd', '']],
  },
  {
    name: 'the beginning of a byte order mark is text',
    source: 'ours',
    body: Buffer.from('\xef\xbbdata: a\n\ndata: b\n\n', 'latin1'),
    events: [['message', 'b', '']],
  },
  {
    name: 'an empty body, and one of blank lines, hold nothing',
    source: 'ours',
    body: '\n\r\n\r\r\n\n',
    events: [],
  },
  {
    name: 'retry takes ASCII digits only',
    source: 'ours',
    body: 'retry: 10\nretry: +5\nretry: 1e3\nretry: 5 \nretry: ٣\nretry:  7\n\n',
    events: [],
    retry_ms: 10,
  },
  {
    name: 'the last of several ids and types in a block wins',
    source: 'ours',
    body: 'id: 1\nevent: a\nid: 2\nevent: b\ndata: x\n\n',
    events: [['b', 'x', '2']],
  },
  {
    name: 'a colon in a value stays, prefixes of field names are unknown fields',
    source: 'ours',
    body: 'data: a: b\ndat: no\ndatax: no\ni: 1\nidx: 2\nevents: no\nretry1: 5\n\n',
    events: [['message', 'a: b', '']],
  },
];
