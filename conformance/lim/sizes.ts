/** Requests that are too large or too slow. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { oneInstance } from '../support/direct.ts';
import { openHead, sendRaw } from '../support/raw-request.ts';

/** Beyond a limit by this much; well below, by the same. */
const MARGIN_BYTES = 2_048;

const largeBody = defineCheck({
  id: 'large-body-413',
  rows: ['LIM-04'],
  title: 'Appends an event that just fits the declared body limit, then one that does not',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['limits'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const limit = lab.target.limits.body_bytes;
    lab.given(limit !== null && limit > MARGIN_BYTES, 'no-limit', 'the config declares no limits.body_bytes');
    const stream = await lab.start();
    const [id] = await lab.append(stream, [filled(limit - MARGIN_BYTES)]);
    const { exchange } = await lab.tryAppend(stream, [filled(limit + MARGIN_BYTES)]);
    const { events } = await lab.poll(stream, { after: String(id ?? 0) });
    lab.given(exchange.status !== 0, 'no-answer', 'a body over the limit was not answered');
    lab.expect(exchange.status === 413 && events.length === 0, {
      reason: 'large-body-answer',
      expected: `413 to a body of more than ${limit} bytes, and nothing stored`,
      observed: `${exchange.status}, ${events.length} events stored`,
      evidence: { status: exchange.status, limit_bytes: limit, stored: events.length },
      exchanges: [exchange.number],
    });
  },
});

function filled(bytes: number): { readonly type: string; readonly payload_json: string } {
  return { type: 'agent_chunk', payload_json: JSON.stringify({ chunk: 'x'.repeat(bytes) }) };
}

const largeHead = defineCheck({
  id: 'large-head-431',
  rows: ['LIM-05'],
  title: 'Reads a stream with headers that just fit the declared limit, then with some that do not',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['limits'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const limit = lab.target.limits.header_bytes;
    lab.given(limit !== null && limit > MARGIN_BYTES, 'no-limit', 'the config declares no limits.header_bytes');
    const route = oneInstance(lab);
    const stream = await lab.start({}, route);
    await lab.append(stream, lab.events(1), route);
    const request = lab.target.dialect.snapshot(stream.id);
    const padded = (bytes: number) => ({
      ...request,
      headers: [...(request.headers ?? []), ['X-Padding', 'x'.repeat(bytes)] as const],
    });
    const small = await lab.http(padded(limit - MARGIN_BYTES), route);
    lab.given(small.status === 200, 'setup-read', `headers below the limit were answered ${small.status}`);
    const { status, end, number } = await lab.http(padded(limit + MARGIN_BYTES), route);
    lab.expect(status === 431, {
      reason: 'large-head-answer',
      expected: `431 to headers of more than ${limit} bytes`,
      observed: status === 0 ? `no answer (${end})` : String(status),
      evidence: { status, end, limit_bytes: limit },
      exchanges: [number],
    });
  },
});

/** Servers look at their clocks now and then: how much later than declared an end may come. */
const TOLERANCE = 1.5;

const slowRequests = defineCheck({
  id: 'slow-request-408',
  rows: ['LIM-09'],
  title: 'Sends requests whose headers or body never end',
  needs: { operations: ['create', 'append', 'snapshot'], capabilities: ['limits'] },
  isolation: 'shared',
  patient: true,
  timeout_ms: ({ limits }) => CHECK_TIMEOUT_MS + 2 * TOLERANCE * (limits.request_timeout_ms ?? 0),
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    const { limits, times, dialect, instances, url } = lab.target;
    const limit_ms = limits.request_timeout_ms;
    lab.given(limit_ms !== null, 'no-limit', 'the config declares no limits.request_timeout_ms');
    const base = instances[0]?.url ?? url;
    const stream = await lab.start({}, oneInstance(lab));
    await lab.append(stream, lab.events(1), oneInstance(lab));
    const head = openHead(lab, base, dialect.snapshot(stream.id));
    const within_ms = TOLERANCE * limit_ms + times.event_latency_ms;
    const whole = await sendRaw(lab, base, `${head}Connection: close\r\n\r\n`, within_ms);
    lab.given(whole.status === 200, 'setup-read', `a whole request was answered ${whole.status}`);
    const append = openHead(lab, base, dialect.append(stream.id, lab.events(1)));
    const slow = [
      ['headers', `${head}X-Slow`],
      ['body', `${append}Content-Length: 1000\r\n\r\n{`],
    ] as const;
    const answers = await Promise.all(
      slow.map(async ([part, bytes]) => ({ part, answer: await sendRaw(lab, base, bytes, within_ms) })),
    );
    for (const { part, answer } of answers) {
      const { status, ended, took_ms } = answer;
      lab.expect(status === 408 && ended, {
        reason: 'slow-request-kept',
        expected: `408 and the end of the connection within ${within_ms} ms when the ${part} does not arrive`,
        observed: `${status === 0 ? 'no answer' : String(status)}, ${ended ? 'ended' : 'still open'} after ${Math.round(took_ms)} ms`,
        evidence: { part, status, ended, limit_ms },
      });
    }
  },
});

export const SIZES: readonly Check[] = [largeBody, largeHead, slowRequests];
