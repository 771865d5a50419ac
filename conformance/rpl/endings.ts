/** The terminal event and what comes after it. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, StreamHandle, Subscription } from '../../harness/lab.ts';
import { admitted, arrives, attachBound, followed } from '../support/followed.ts';

const NEEDS = { operations: ['create', 'append', 'subscribe'] } as const;

/** A stream of three events that has ended; the id of its terminal event. */
async function ended(lab: Lab): Promise<{ readonly stream: StreamHandle; readonly terminal: number }> {
  const stream = await lab.start();
  const ids = await lab.append(stream, [...lab.events(2), lab.target.dialect.terminal]);
  const terminal = ids.at(-1);
  lab.given(terminal !== undefined, 'setup-append', 'an append was acknowledged without ids');
  return { stream, terminal };
}

/** What polling and a snapshot show of a stream, as far as the target has them. */
async function readings(lab: Lab, stream: StreamHandle): Promise<readonly Reading[]> {
  const { operations } = lab.target.dialect;
  const polled = operations.has('poll') ? [await lab.poll(stream)] : [];
  const shown = operations.has('snapshot') ? [await lab.snapshot(stream)] : [];
  return [...polled, ...shown].map(({ events, exchange }) => ({ events, number: exchange.number }));
}

type Reading = Pick<Subscription, 'events' | 'number'>;

const oneTerminal = defineCheck({
  id: 'one-terminal',
  rows: ['RPL-20'],
  title:
    'Ends a stream twice at the same moment and counts its terminal events, live, late, by polling and in a snapshot',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    const end = [lab.target.dialect.terminal];
    const tries = await Promise.all([lab.tryAppend(stream, end), lab.tryAppend(stream, end)]);
    const acked = [...new Set(tries.flatMap(({ ids }) => ids))];
    lab.given(acked.length > 0, 'setup-append', 'no append of a terminal event was acknowledged');
    await subscription.finished(attachBound(lab));
    await using late = lab.subscribe(stream);
    await late.finished(attachBound(lab));
    for (const { events, number } of [subscription, late, ...(await readings(lab, stream))]) {
      const terminals = [...new Set([...acked, ...events.filter((event) => event.terminal).map(({ id }) => id)])];
      const again = events.filter((event) => event.terminal && event.id === acked[0]).length > 1;
      lab.given(
        events.some((event) => event.terminal),
        'no-terminal',
        'a reader was given no terminal event',
      );
      lab.expect(terminals.length === 1 && !again, {
        reason: 'terminal-doubled',
        expected: `one terminal event, ${acked[0] ?? 0}`,
        observed: again ? `terminal event ${acked[0] ?? 0} twice` : `terminal events ${terminals.join(', ')}`,
        evidence: { id: again ? (acked[0] ?? null) : (terminals[1] ?? null), terminals, acked },
        exchanges: [...tries.map(({ exchange }) => exchange.number), number],
      });
    }
  },
});

const nothingAfter = defineCheck({
  id: 'nothing-after-terminal',
  rows: ['RPL-20'],
  title: 'Appends after the terminal event, and looks for events behind it, live, late, by polling and in a snapshot',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    const [terminal] = await lab.append(stream, [lab.target.dialect.terminal]);
    await subscription.finished(attachBound(lab));
    // Refused or not: nobody may ever read them.
    const tries = [
      await lab.tryAppend(stream, lab.events(1)),
      await lab.tryAppend(stream, [lab.target.dialect.terminal]),
    ];
    await using late = lab.subscribe(stream);
    await late.finished(attachBound(lab));
    for (const { events, number } of [subscription, late, ...(await readings(lab, stream))]) {
      const end = events.findIndex((event) => event.terminal);
      lab.given(end >= 0, 'no-terminal', 'a reader was given no terminal event');
      // The terminal event once more is for one-terminal to judge.
      const after = events.slice(end + 1).find(({ id }) => id !== events[end]?.id);
      lab.expect(after === undefined, {
        reason: 'event-after-terminal',
        expected: `nothing after terminal event ${events[end]?.id ?? 0}`,
        observed: `event ${after?.id ?? 0}`,
        evidence: { id: after?.id ?? null, terminal: events[end]?.id ?? null },
        exchanges: [number],
      });
    }
    for (const { ids, exchange } of tries) {
      const promised = ids.find((id) => id !== terminal);
      lab.expect(promised === undefined, {
        reason: 'event-after-terminal',
        expected: `no event acknowledged after terminal event ${terminal ?? 0}`,
        observed: `${exchange.status} with id ${promised ?? 0}`,
        evidence: { id: promised ?? null, terminal: terminal ?? null },
        exchanges: [exchange.number],
      });
    }
  },
});

const replayedLate = defineCheck({
  id: 'terminal-replayed-late',
  rows: ['RPL-21'],
  title: 'Attaches to a finished stream and waits for its terminal event',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const { stream, terminal } = await ended(lab);
    for (const cursor of ['', '1']) {
      await using late = lab.subscribe(stream, cursor === '' ? {} : { cursor });
      await late.until(({ events, end }) => end !== null || events.some((event) => event.terminal), attachBound(lab));
      lab.given(late.events.length > 0, 'setup-subscribe', 'a late reader was given nothing');
      lab.expect(
        late.events.some((event) => event.terminal && event.id === terminal),
        {
          reason: 'terminal-not-replayed',
          expected: `terminal event ${terminal} for a late reader`,
          observed: `events ${late.events.map(({ id }) => id).join(', ')} and then ${late.end ?? 'nothing'}`,
          evidence: { id: terminal, seen: late.events.map(({ id }) => id), cursor },
          exchanges: [late.number],
        },
      );
    }
  },
});

const endsAfter = defineCheck({
  id: 'stream-ends-after-terminal',
  rows: ['RPL-22'],
  title: 'Waits for a stream to end after its terminal event, live and late',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, lab.events(1));
    await using live = lab.subscribe(stream);
    await live.opened;
    const [terminal] = await lab.append(stream, [lab.target.dialect.terminal]);
    await using late = lab.subscribe(stream);
    for (const [who, reader] of [
      ['a live reader', live],
      ['a late reader', late],
    ] as const) {
      await reader.until(({ end }) => end !== null, attachBound(lab));
      const delivered = reader.events.some(({ id }) => id === terminal);
      lab.expect(reader.end !== null && delivered, {
        reason: reader.end === null ? 'stream-stays-open' : 'ends-before-terminal',
        expected: `terminal event ${terminal ?? 0} and then the end for ${who}`,
        observed:
          reader.end === null
            ? 'the stream stayed open'
            : `the end at byte ${reader.bytes_received}, without the terminal event`,
        evidence: { who, end: reader.end, id: terminal ?? null, offset: reader.bytes_received },
        exchanges: [reader.number],
      });
    }
  },
});

const noContent = defineCheck({
  id: 'terminal-cursor-204',
  rows: ['RPL-17'],
  title: 'Reconnects to a finished stream with its terminal id, in the header and in the query',
  needs: { ...NEEDS, capabilities: ['terminal-204'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { stream, terminal } = await ended(lab);
    const { dialect, capabilities } = lab.target;
    const ways = capabilities.has('query-cursor') ? (['header', 'query'] as const) : (['header'] as const);
    for (const via of ways) {
      const request = dialect.subscribe(stream.id, { cursor: String(terminal), via });
      const { status, end, number } = await lab.http(request, { timeout_ms: attachBound(lab) });
      lab.given(status !== 0, 'no-answer', 'the reconnect was not answered');
      lab.expect(status === 204, {
        reason: 'not-204',
        expected: `204 to terminal cursor ${terminal} in the ${via}`,
        observed: `${status}${end === 'timeout' ? ', still open' : ''}`,
        evidence: { status, cursor: terminal, via, end },
        exchanges: [number],
      });
    }
  },
});

const no204Live = defineCheck({
  id: 'no-204-while-live',
  rows: ['RPL-18'],
  title: 'Reconnects to a running stream with the id of its newest event',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    const ids = await lab.append(stream, lab.events(3));
    const tail = ids.at(-1) ?? 3;
    await using reader = lab.subscribe(stream, { cursor: String(tail) });
    const { status } = await reader.opened;
    lab.expect(status === 200, {
      reason: 'tail-not-followed',
      expected: `200 to cursor ${tail}, the tail of a running stream`,
      observed: String(status),
      evidence: { status, cursor: tail, id: tail },
      exchanges: [reader.number],
    });
    const [next] = await lab.append(stream, lab.events(1));
    const came = await arrives(reader, next, attachBound(lab));
    lab.expect(came, {
      reason: 'tail-not-followed',
      expected: `event ${next ?? 0} for the reader at the tail`,
      observed: 'it never came',
      evidence: { status, cursor: tail, id: next ?? null },
      exchanges: [reader.number],
    });
  },
});

const reconnectEnds = defineCheck({
  id: 'reconnect-after-end-ends',
  rows: ['RPL-19'],
  title: 'Reconnects to a finished stream at and beyond its terminal id and waits for an end',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { stream, terminal } = await ended(lab);
    for (const cursor of [terminal, terminal + 1]) {
      await using reader = lab.subscribe(stream, { cursor: String(cursor) });
      const over = await reader.until(({ end }) => end !== null, attachBound(lab));
      const { status } = await reader.opened;
      await admitted(lab, reader);
      lab.expect(over && status !== 0, {
        reason: 'heartbeats-for-ever',
        expected: `an answer that ends to cursor ${cursor} on a finished stream`,
        observed: status === 0 ? 'no answer' : `${status}, still open with ${reader.bytes_received} bytes`,
        evidence: { cursor, status, terminal, bytes: reader.bytes_received },
        exchanges: [reader.number],
      });
    }
  },
});

export const ENDINGS: readonly Check[] = [
  oneTerminal,
  nothingAfter,
  replayedLate,
  endsAfter,
  noContent,
  no204Live,
  reconnectEnds,
];
