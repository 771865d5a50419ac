/** How events and streams end. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { arrives, attachBound, followed, opensAsStream } from '../support/followed.ts';

const EVENTS = 3;

const dispatchedAtOnce = defineCheck({
  id: 'event-dispatched-at-once',
  rows: ['TRN-12'],
  title: 'Appends single events to a quiet stream and waits for each to be dispatched',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await using subscription = lab.subscribe(stream);
    await opensAsStream(lab, subscription);
    const within_ms = lab.target.times.event_latency_ms;
    for (let sent = 0; sent < EVENTS; sent += 1) {
      const bytes = subscription.bytes_received;
      const [id] = await lab.append(stream, lab.events(1));
      const whole = await arrives(subscription, id, within_ms);
      const fresh = subscription.bytes_received - bytes;
      lab.expect(whole, {
        reason: 'event-not-dispatched',
        expected: `event ${id ?? '?'} with its blank line within ${within_ms} ms, before any other is sent`,
        observed: `event ${id ?? '?'} was held: ${fresh} bytes came and it was never dispatched`,
        evidence: { id: id ?? null, offset: subscription.bytes_received, bytes: fresh },
        exchanges: [subscription.number],
      });
    }
  },
});

const cleanEnd = defineCheck({
  id: 'stream-clean-end',
  rows: ['TRN-15'],
  title: 'Ends a stream and looks at how its response ends',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    const [last] = await lab.append(stream, [lab.target.dialect.terminal]);
    await arrives(subscription, last, attachBound(lab));
    const exchange = await subscription.finished(lab.target.times.event_latency_ms);
    lab.given(exchange.end !== 'aborted' && exchange.end !== 'timeout', 'stays-open', 'the stream did not end at all');
    lab.expect(exchange.end === 'complete', {
      reason: 'stream-cut',
      expected: 'a complete HTTP message after the terminal event',
      observed: `the connection broke (${exchange.error ?? exchange.end}) after event ${last ?? '?'}`,
      evidence: { id: last ?? null, end: exchange.end, error: exchange.error },
      exchanges: [subscription.number],
    });
  },
});

const messageType = defineCheck({
  id: 'events-are-messages',
  rows: ['TRN-16'],
  title: 'Reads events of several types as a client with onmessage alone would',
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['api-events'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    const types = ['job_status', 'agent_chunk', 'metric_update', 'error'];
    await lab.append(stream, [
      ...types.map((type) => ({ type, payload_json: '{"step":"s","chunk":"c"}' })),
      lab.target.dialect.terminal,
    ]);
    await using subscription = lab.subscribe(stream);
    await subscription.finished(attachBound(lab));
    const read = subscription.items.filter((_, index) => subscription.readings[index]?.kind === 'event');
    lab.given(read.length > 0, 'setup-subscribe', 'a reader was sent no event');
    const named = read.find((item) => item.kind === 'event' && item.type !== 'message');
    lab.expect(named === undefined, {
      reason: 'named-event',
      expected: 'events without an event: line',
      observed: `event: ${named?.kind === 'event' ? named.type : ''} at offset ${named?.start_offset ?? 0}`,
      evidence: {
        type: named?.kind === 'event' ? named.type : null,
        id: named?.kind === 'event' ? named.last_event_id : null,
      },
      exchanges: [subscription.number],
    });
  },
});

const retrySane = defineCheck({
  id: 'retry-sane',
  rows: ['TRN-17'],
  title: 'Reads the retry: lines of a stream from its beginning to its end',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, [...lab.events(2), lab.target.dialect.terminal]);
    await using subscription = lab.subscribe(stream);
    const { body } = await subscription.finished(attachBound(lab));
    lab.given(subscription.events.length > 0, 'setup-subscribe', 'a reader was sent no event');
    const text = body.toString('utf8');
    const zero = /(?:^|[\r\n])retry:\s*0+\s*(?=[\r\n])/.exec(text);
    lab.expect(zero === null, {
      reason: 'retry-at-once',
      expected: 'no retry: 0',
      observed: `retry: 0 at offset ${zero?.index ?? 0}`,
      evidence: { header: 'retry', offset: zero?.index ?? null, stream: stream.id },
      exchanges: [subscription.number],
    });
  },
});

export const CLOSING: readonly Check[] = [dispatchedAtOnce, cleanEnd, messageType, retrySane];
