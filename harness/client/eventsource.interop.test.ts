/** The npm EventSource and our parser, on the same bytes of a real server. */
import { EventSource } from 'eventsource';
import t from 'tap';
import { EVENTSOURCE_DIFFERENCES, type PageEvent } from './test-support/known-differences.ts';
import { parseChunks } from './test-support/parse.ts';
import { rawServer } from './test-support/raw-server.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';
const TYPES = ['message', 'step'];

/** The part of a page's MessageEvent that is looked at. */
interface PageMessage {
  readonly data: string;
  readonly lastEventId: string;
}

interface Followed {
  readonly events: readonly PageEvent[];
  /** What the reconnect carried. */
  readonly cursor: string;
}

/** Serves the body once, with the shortest of reconnect times, then waits for the reconnect that an EventSource owes a stream that ended. */
async function followWithEventSource(body: string): Promise<Followed> {
  const events: PageEvent[] = [];
  let reconnected: (head: string) => void = () => undefined;
  const second = new Promise<string>((resolve) => (reconnected = resolve));
  let connections = 0;
  await using server = await rawServer(async ({ socket, head }) => {
    const request = await head();
    connections++;
    if (connections === 2) reconnected(request);
    else socket.end(HEAD + body.replace(/^\ufeff?/, '$&retry: 1\n\n'));
  });
  const source = new EventSource(server.url.href);
  for (const type of TYPES) {
    source.addEventListener(type, (event: unknown) => {
      const { data, lastEventId } = event as PageMessage;
      events.push([type, data, lastEventId]);
    });
  }
  const head = await second;
  source.close();
  return { events, cursor: /^last-event-id: ?(.*)$/im.exec(head)?.[1] ?? '' };
}

function followOurselves(body: string): Followed {
  const { items, last_event_id } = parseChunks([Buffer.from(body)]);
  const events = items
    .filter((item) => item.kind === 'event')
    .map(({ type, data, last_event_id: id }): PageEvent => [type, data, id]);
  return { events, cursor: last_event_id };
}

/** Streams as servers send them: an id on every event. */
const STREAMS: Readonly<Record<string, string>> = {
  'one event a block': 'id: 1\ndata: {"a":1}\n\nid: 2\ndata: {"a":2}\n\n',
  'types, comments and padding': `: ${' '.repeat(4096)}\n\nid: 1\nevent: step\ndata: x\n\n: beat\n\nid: 2\ndata: y\n\n`,
  'CRLF and data over lines': 'id: 1\r\ndata: a\r\ndata: b\r\n\r\nid: 2\r\ndata:\r\n\r\n',
  'a byte order mark and text of four bytes': '\ufeffid: 7\ndata: 𝒳—\n\n',
  'an unfinished block': 'id: 1\ndata: a\n\nid: 2\ndata: b\n',
  'an id that is reset': 'id: 1\ndata: a\n\nid\ndata: b\n\n',
  'an id with NUL': 'id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\0\nid: 4\ndata: c\n\n',
};

t.test('they see the same events and resume from the same id', async (t) => {
  for (const [name, body] of Object.entries(STREAMS)) {
    const ours = followOurselves(body);
    t.ok(ours.events.length > 0, `${name}: there is something to see`);
    const theirs = await followWithEventSource(body);
    t.strictSame(theirs.events, ours.events, name);
    t.equal(theirs.cursor, ours.cursor, `${name}: cursor`);
  }
});

t.test('the known differences of eventsource are still there', async (t) => {
  for (const { name, body, ours, theirs } of EVENTSOURCE_DIFFERENCES) {
    t.strictSame(followOurselves(body), ours, `${name}: ours`);
    t.strictSame(await followWithEventSource(body), theirs, `${name}: theirs`);
    t.notSame(ours, theirs, `${name}: they differ`);
  }
});
