/** Appends that must be refused, and leave nothing behind. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { AppendEvent } from '../../harness/dialects/dialect.ts';
import type { Lab } from '../../harness/lab.ts';
import { attachBound } from '../support/followed.ts';
import { eventually } from '../support/eventually.ts';

const MAX_EVENTS = 1000;

/** Bodies of the `jobs` surface, each with one thing wrong. */
function malformedBodies({ target: { dialect } }: Lab): readonly (readonly [what: string, body: string])[] {
  const text = ({ type, payload_json }: AppendEvent): string =>
    `{"type":${JSON.stringify(type)},"payload":${payload_json}}`;
  const good = text({ type: 'agent_chunk', payload_json: '{"chunk":"kept back"}' });
  const list = (...entries: readonly string[]): string => `[${entries.join(',')}]`;
  return [
    ['text that is no JSON', good.slice(0, -1)],
    ['an event without a type', '{"payload":{}}'],
    ['a type that is no text', '{"type":7,"payload":{}}'],
    ['a list of no events', '[]'],
    [`a list of ${MAX_EVENTS + 1} events`, list(...Array.from({ length: MAX_EVENTS + 1 }, () => good))],
    ['a list whose last event has no type', list(good, good, '{"payload":{}}')],
    ['a list whose first event ends the stream', list(text(dialect.terminal), good)],
  ];
}

const malformed = defineCheck({
  id: 'malformed-append-refused-whole',
  rows: ['LIM-02'],
  title: 'Appends bodies with one thing wrong each, and looks for anything of them in the stream',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['api-events'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start();
    let last = (await lab.append(stream, lab.events(1))).at(-1) ?? 0;
    for (const [what, body] of malformedBodies(lab)) {
      const { status, number } = await lab.http({ ...dialect.append(stream.id, lab.events(1)), body });
      lab.given(status !== 0, 'no-answer', `an append of ${what} was not answered`);
      const { events, status: state, exchange } = await lab.poll(stream, { after: String(last) });
      const refused = status >= 400 && status < 500;
      lab.expect(refused && events.length === 0, {
        reason: refused ? 'malformed-append-stored' : 'malformed-append-accepted',
        expected: `${what} refused with 4xx and nothing of it stored`,
        observed: `${status}, then ${events.length} events after ${last} (${state})`,
        evidence: { case: what, status, stored: events.length, id: events[0]?.id ?? null, stream: stream.id },
        exchanges: [number, exchange.number],
      });
      // The stream is as good as before: what follows is judged from here.
      const [id] = await lab.append(stream, lab.events(1));
      lab.expect(id === last + 1, {
        reason: 'malformed-append-took-an-id',
        expected: `id ${last + 1} for the next event`,
        observed: `id ${id ?? '?'}`,
        evidence: { case: what, id: id ?? null, stream: stream.id },
      });
      last = id;
    }
  },
});

const afterTerminal = defineCheck({
  id: 'append-after-terminal-409',
  rows: ['LIM-03'],
  title: 'Ends a stream and appends to it through every instance',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['api-events'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect, instances } = lab.target;
    const stream = await lab.start();
    const last = (await lab.append(stream, [...lab.events(2), dialect.terminal])).at(-1) ?? 0;
    const sharing = lab.target.capabilities.has('shared-store') ? instances : [];
    for (const via of ['ingress', ...sharing.map(({ index }) => index)] as const) {
      const { exchange } = await lab.tryAppend(stream, lab.events(1), {}, { via });
      const polled = await lab.poll(stream, { after: String(last) }, { via });
      lab.given(exchange.status !== 0, 'no-answer', 'an append after the terminal event was not answered');
      lab.expect(exchange.status === 409 && polled.events.length === 0, {
        reason: 'append-after-terminal',
        expected: `409 through ${where(via)}, and nothing after event ${last}`,
        observed: `${exchange.status}, ${polled.events.length} events after it`,
        evidence: { via, status: exchange.status, stored: polled.events.length, id: last, stream: stream.id },
        exchanges: [exchange.number, polled.exchange.number],
      });
    }
  },
});

const where = (via: 'ingress' | number): string => (via === 'ingress' ? 'the ingress' : `instance ${via}`);

const FOREIGN_TYPE = 'foreign_writer';
/** It outlasts a few round trips of a slow network; nobody waits for its end. */
const WORKLOAD = { events: 200, interval_ms: 20, payload_bytes: 8 } as const;

const synthetic = defineCheck({
  id: 'synthetic-refuses-appends',
  rows: ['LIM-18'],
  title: 'Appends to a stream that has a producer of its own, while it runs',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['producer'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start({ synthetic: { ...WORKLOAD, seed: lab.random.int(1, 1_000_000) } });
    const produced = await eventually(
      lab,
      () => lab.poll(stream),
      ({ events }) => events.length > 0,
      attachBound(lab),
    );
    lab.given(produced.holds, 'setup-start', 'a synthetic stream produced nothing');
    const { status, number } = await lab.http(
      lab.target.dialect.append(stream.id, [{ type: FOREIGN_TYPE, payload_json: '{}' }]),
    );
    const { events, exchange } = await lab.poll(stream);
    const over = events.some(({ terminal }) => terminal);
    lab.given(!over, 'fault-too-late', 'the synthetic stream had ended before the append was answered');
    const stored = events.find(({ type }) => type === FOREIGN_TYPE);
    lab.expect(status === 409 && stored === undefined, {
      reason: 'foreign-append-taken',
      expected: '409 to an append to a synthetic stream, and nothing of it stored',
      observed: stored === undefined ? String(status) : `${status}, stored as event ${stored.id}`,
      evidence: { status, id: stored?.id ?? null, stream: stream.id },
      exchanges: [number, exchange.number],
    });
  },
});

export const APPENDS: readonly Check[] = [malformed, afterTerminal, synthetic];
