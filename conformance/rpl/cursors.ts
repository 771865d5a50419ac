/** Cursors that cannot be served: each gets a distinct, non-silent answer. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Exchange, HttpRequest } from '../../harness/client/exchange.ts';
import type { Reading } from '../../harness/dialects/dialect.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { resumedIds } from '../support/dense.ts';
import { admitted, arrives, attachBound } from '../support/followed.ts';

const NEEDS = { operations: ['create', 'append', 'subscribe'] } as const;
const BATCH = 100;

async function streamOf(lab: Lab, events: number): Promise<StreamHandle> {
  const stream = await lab.start();
  for (let left = events; left > 0; left -= BATCH) await lab.append(stream, lab.events(Math.min(BATCH, left)));
  return stream;
}

const MALFORMED = ['10abc', '1e3', '+5', '007', '0x10', '1.5', '-1', 'null'];

const malformed = defineCheck({
  id: 'cursor-malformed-400',
  rows: ['RPL-13'],
  title: 'Resumes with cursors that are no numbers, in the header, in the query and while polling',
  needs: { operations: ['create', 'append', 'subscribe', 'poll'], capabilities: ['api-events'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect, capabilities } = lab.target;
    const stream = await streamOf(lab, 12);
    const tries: (readonly [cursor: string, request: HttpRequest])[] = MALFORMED.flatMap((cursor) => [
      [cursor, dialect.subscribe(stream.id, { cursor })] as const,
      [cursor, dialect.poll(stream.id, { after: cursor })] as const,
      ...(capabilities.has('query-cursor')
        ? [[cursor, dialect.subscribe(stream.id, { cursor, via: 'query' })] as const]
        : []),
    ]);
    // A blank before the number and an empty parameter can only stand in a query.
    tries.push([' 5', dialect.poll(stream.id, { after: ' 5' })], ['(empty)', dialect.poll(stream.id, { after: '' })]);
    const one = dialect.subscribe(stream.id, { cursor: '1' });
    tries.push(['1, given twice', { ...one, headers: [...(one.headers ?? []), ...(one.headers ?? []).slice(-1)] }]);
    for (const [cursor, request] of tries) {
      const { status, number } = await lab.http(request, { timeout_ms: attachBound(lab) });
      lab.given(status !== 0, 'no-answer', `the cursor ${cursor} was not answered`);
      lab.expect(status === 400, {
        reason: 'malformed-cursor-accepted',
        expected: `400 to the cursor ${cursor}`,
        observed: String(status),
        evidence: { cursor, status, path: request.path },
        exchanges: [number],
      });
    }
  },
});

/** What a poll from the cursor is answered; null where the target has none. */
async function polledFrom(lab: Lab, stream: StreamHandle, cursor: string): Promise<Exchange | null> {
  const { dialect } = lab.target;
  if (!dialect.operations.has('poll')) return null;
  const exchange = await lab.http(dialect.poll(stream.id, { after: cursor }));
  lab.given(exchange.status !== 0, 'no-answer', `a poll after ${cursor} was not answered`);
  return exchange;
}

/** Far beyond anything appended. */
const AHEAD = 1_000;
const TAIL = 3;

const ahead = defineCheck({
  id: 'cursor-ahead-refused',
  rows: ['RPL-14'],
  title: 'Resumes a running and a finished stream ahead of their tail, and polls them from there',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 2, connections: 2 },
  run: async (lab: Lab) => {
    const running = await streamOf(lab, TAIL);
    const finished = await streamOf(lab, TAIL - 1);
    await lab.append(finished, [lab.target.dialect.terminal]);
    for (const [stream, cursor] of [
      [running, TAIL + 1],
      [running, AHEAD],
      [finished, TAIL + 1],
    ] as const) {
      await using reader = lab.subscribe(stream, { cursor: String(cursor) });
      const { status } = await reader.opened;
      lab.given(status !== 0, 'no-answer', `the cursor ${cursor} was not answered`);
      const polled = await polledFrom(lab, stream, String(cursor));
      for (const answer of [{ mode: 'sse', status, number: reader.number }, polled && { mode: 'poll', ...polled }]) {
        if (answer === null) continue;
        lab.expect(answer.status === 400 || answer.status === 409, {
          reason: 'ahead-accepted',
          expected: `400 or 409 to cursor ${cursor}, the tail of a ${stream === finished ? 'finished' : 'running'} stream being ${TAIL}`,
          observed: String(answer.status),
          evidence: { cursor, mode: answer.mode, status: answer.status, tail: TAIL, finished: stream === finished },
          exchanges: [answer.number],
        });
      }
    }
  },
});

const neverStartsOver = defineCheck({
  id: 'cursor-never-starts-over',
  rows: ['RPL-16'],
  title: 'Resumes with cursors that cannot be served and looks for the first event',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const stream = await streamOf(lab, 5);
    await using control = lab.subscribe(stream);
    lab.given(
      await arrives(control, 5, attachBound(lab)),
      'setup-subscribe',
      'a reader without a cursor was not served',
    );
    for (const cursor of [String(AHEAD), '5x', 'no-such-cursor']) {
      await using reader = lab.subscribe(stream, { cursor });
      const { status } = await reader.opened;
      lab.given(status !== 0, 'no-answer', `the cursor ${cursor} was not answered`);
      await admitted(lab, reader);
      // Whoever starts over has five events to send at once.
      const restarted = status === 200 && (await arrives(reader, 1, lab.target.times.event_latency_ms));
      const told = reader.readings.some(({ kind }) => kind === 'gap' || kind === 'error');
      lab.expect(!restarted || told, {
        reason: 'silent-restart',
        expected: `a distinct answer to cursor ${cursor}`,
        observed: `${status} and event 1 again, without a word`,
        evidence: { cursor, mode: 'sse', status, id: 1 },
        exchanges: [reader.number],
      });
      const polled = await polledFrom(lab, stream, cursor);
      if (polled === null) continue;
      const events = polled.status === 200 ? lab.target.dialect.readPolled(polled).events : [];
      lab.expect(!events.some(({ id }) => id === 1), {
        reason: 'silent-restart',
        expected: `a distinct answer to a poll after ${cursor}`,
        observed: `${polled.status} and event 1 again, without a word`,
        evidence: { cursor, mode: 'poll', status: polled.status, id: 1 },
        exchanges: [polled.number],
      });
    }
  },
});

const EVICTED = 40;

const evicted = defineCheck({
  id: 'cursor-evicted-told',
  rows: ['RPL-15'],
  title: 'Resumes behind the kept history',
  needs: { ...NEEDS, capabilities: ['bounded-history'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { history_limit } = lab.target.limits;
    lab.given(history_limit !== null, 'no-limit', 'limits.history_limit is not declared');
    const total = history_limit + EVICTED;
    const stream = await streamOf(lab, total);
    const earliest = EVICTED + 1;
    let lost = 0;
    for (const cursor of [0, 1, EVICTED - 1]) {
      /** The first event served, or the cursor before it; less than `earliest` where more is kept than must be. */
      const isServedFrom = (id: string): boolean => Number(id) > cursor && Number(id) <= earliest;
      await using reader = lab.subscribe(stream, { cursor: String(cursor) });
      const { status, headers } = await reader.opened;
      lab.given(status !== 0, 'no-answer', `the cursor ${cursor} was not answered`);
      const tells = (reading: Reading): boolean =>
        reading.kind === 'gap' || (reading.kind === 'event' && reading.event.id > 0);
      // What opens the stream, as a comment does, tells nothing yet.
      if (status === 200)
        await reader.until(({ readings, end }) => end !== null || readings.some(tells), attachBound(lab));
      const first = reader.readings.find(tells);
      // Not removed yet, which is the server's right.
      if (first?.kind === 'event' && first.event.id === cursor + 1) continue;
      lost += 1;
      const named = headers.some(([name, value]) => /event-id|cursor|earliest/i.test(name) && isServedFrom(value));
      const body = status === 410 ? (await reader.finished(attachBound(lab))).body.toString() : '';
      const told =
        status === 410
          ? named || (body.match(/\d+/g) ?? []).some(isServedFrom)
          : first?.kind === 'gap' || (status === 200 && named);
      lab.expect(told, {
        reason: 'eviction-silent',
        expected: `410 naming ${earliest}, a gap event, or a header with the cursor served from`,
        observed:
          status === 410
            ? `410 without the earliest kept id: ${body.slice(0, 120)}`
            : `${status} and event ${first?.kind === 'event' ? first.event.id : '?'} first, without a word`,
        evidence: { cursor, status, earliest, id: first?.kind === 'event' ? first.event.id : null },
        exchanges: [reader.number],
      });
    }
    lab.given(lost > 0, 'nothing-evicted', `all of ${total} events are served, though ${history_limit} must be kept`);
  },
});

const precedence = defineCheck({
  id: 'last-event-id-wins',
  rows: ['RPL-24'],
  title: 'Gives one cursor in the query and a newer one in Last-Event-ID, and an empty header',
  needs: { ...NEEDS, capabilities: ['query-cursor'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start();
    await lab.append(stream, [...lab.events(5), dialect.terminal]);
    // Of its headers the one that carries the cursor; the others are sent with the query's request as well.
    const plain = new Set(dialect.subscribe(stream.id).headers?.map(([name]) => name));
    const inHeader = (dialect.subscribe(stream.id, { cursor: '4' }).headers ?? []).filter(([name]) => !plain.has(name));
    const cases: readonly (readonly [what: string, headers: HttpRequest['headers'], first: number])[] = [
      ['Last-Event-ID: 4 beside a query cursor of 1', inHeader, 5],
      ['an empty Last-Event-ID beside a query cursor of 1', inHeader.map(([name]) => [name, '']), 2],
    ];
    for (const [what, headers, first] of cases) {
      await using reader = lab.subscribe(stream, { cursor: '1', cursor_via: 'query', headers });
      const { status, number } = await reader.finished(attachBound(lab));
      const ids = resumedIds(lab, reader, first - 1);
      lab.expect(status === 200 && ids[0] === first, {
        reason: 'cursor-precedence',
        expected: `event ${first} first with ${what}`,
        observed: `${status} and event ${ids[0] ?? 'none'} first`,
        evidence: { what, status, id: ids[0] ?? null, expected_id: first },
        exchanges: [number],
      });
    }
  },
});

export const CURSORS: readonly Check[] = [malformed, ahead, neverStartsOver, evicted, precedence];
