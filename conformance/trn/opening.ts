/** How a stream opens: at once, uncompressed. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { header } from '../../harness/client/exchange.ts';
import { attachBound } from '../support/followed.ts';

const headersAtOnce = defineCheck({
  id: 'sse-headers-at-once',
  rows: ['TRN-06'],
  title: 'Opens a stream that has no event yet and waits for its headers',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await using subscription = lab.subscribe(stream);
    const within_ms = lab.target.times.event_latency_ms;
    const late = subscription.until(() => false, within_ms).then(() => null);
    const opened = await Promise.race([subscription.opened, late]);
    lab.expect(opened?.status === 200, () => ({
      reason: 'headers-withheld',
      expected: `the headers of an idle stream within ${within_ms} ms`,
      observed: opened === null ? `no header within ${within_ms} ms, never before an event` : `status ${opened.status}`,
      evidence: { status: opened === null ? 0 : opened.status, within_ms },
      exchanges: [subscription.number],
    }));
  },
});

const neverCompressed = defineCheck({
  id: 'sse-never-compressed',
  rows: ['TRN-07'],
  title: 'Opens a stream as a client that accepts gzip, deflate and br',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    await lab.append(stream, [...lab.events(2), lab.target.dialect.terminal]);
    await using subscription = lab.subscribe(stream, { headers: [['Accept-Encoding', 'gzip, deflate, br']] });
    const { body } = await subscription.finished(attachBound(lab));
    const { status, headers } = await subscription.opened;
    lab.given(status === 200, 'setup-subscribe', `a reader that accepts gzip was answered ${status}`);
    const encoding = header(headers, 'content-encoding');
    lab.expect(encoding === null || encoding.trim().toLowerCase() === 'identity', {
      reason: 'compressed-stream',
      expected: 'no Content-Encoding on an event stream',
      observed: `Content-Encoding: ${encoding ?? ''}`,
      evidence: { header: 'content-encoding', value: encoding },
      exchanges: [subscription.number],
    });
    // A compressor that does not tell leaves nothing that a reader could read.
    lab.expect(body.includes('data:'), {
      reason: 'compressed-stream',
      expected: 'events in plain text',
      observed: `${body.length} bytes without one data: line`,
      evidence: { header: 'content-encoding', value: encoding, bytes: body.length },
      exchanges: [subscription.number],
    });
  },
});

export const OPENING: readonly Check[] = [headersAtOnce, neverCompressed];
