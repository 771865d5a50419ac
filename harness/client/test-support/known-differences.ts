/**
 * Where public clients are known to read a stream otherwise than the standard. Each is asserted to be still there, so
 * that a mended library is noticed and its line leaves this list.
 */

export interface LibraryEvent {
  readonly type: string;
  readonly data: string;
  /** The event's own id; null when its block had none. */
  readonly id: string | null;
}

interface Outcome {
  readonly events: readonly LibraryEvent[];
  /** What would be sent as `Last-Event-ID` next. */
  readonly cursor: string;
}

export interface ParserDifference {
  readonly name: string;
  readonly chunks: readonly string[];
  readonly ours: Outcome;
  readonly theirs: Outcome;
}

const message = (data: string, id: string | null = null): LibraryEvent => ({ type: 'message', data, id });

/** eventsource-parser 3.1.1, fed with text. */
export const PARSER_DIFFERENCES: readonly ParserDifference[] = [
  {
    name: 'it withholds an event whose blank line is a CR at the end of a chunk',
    chunks: ['data: a\r\r'],
    ours: { events: [message('a')], cursor: '' },
    theirs: { events: [], cursor: '' },
  },
  {
    name: 'it takes a byte order mark that was not removed before for a part of the field name',
    chunks: ['\ufeffdata: a\n\n'],
    ours: { events: [message('a')], cursor: '' },
    theirs: { events: [], cursor: '' },
  },
  {
    name: 'it takes the three letters ï»¿ at the start for a byte order mark',
    chunks: ['ï»¿data: a\n\n'],
    ours: { events: [], cursor: '' },
    theirs: { events: [message('a')], cursor: '' },
  },
  {
    name: 'it drops the id of a block without data',
    chunks: ['id: 5\n\n'],
    ours: { events: [], cursor: '5' },
    theirs: { events: [], cursor: '' },
  },
];

/** An event as a page sees it: `[type, data, lastEventId]`. */
export type PageEvent = readonly [type: string, data: string, last_event_id: string];

export interface ClientDifference {
  readonly name: string;
  readonly body: string;
  readonly ours: { readonly events: readonly PageEvent[]; readonly cursor: string };
  /** `cursor` is what the reconnect carries in `Last-Event-ID`; empty for none. */
  readonly theirs: { readonly events: readonly PageEvent[]; readonly cursor: string };
}

/** eventsource 4.1.1 on npm, following a server. */
export const EVENTSOURCE_DIFFERENCES: readonly ClientDifference[] = [
  {
    name: 'an event without an id forgets the last one (EventSource/eventsource#358)',
    body: 'id: 1\ndata: a\n\ndata: b\n\n',
    ours: {
      events: [
        ['message', 'a', '1'],
        ['message', 'b', '1'],
      ],
      cursor: '1',
    },
    theirs: {
      events: [
        ['message', 'a', '1'],
        ['message', 'b', ''],
      ],
      cursor: '1',
    },
  },
  {
    name: 'an id-only block does not move its cursor',
    body: 'id: 1\ndata: a\n\nid: 2\n\n',
    ours: { events: [['message', 'a', '1']], cursor: '2' },
    theirs: { events: [['message', 'a', '1']], cursor: '1' },
  },
];
