/** Streams that never were. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { attachBound } from '../support/followed.ts';
import { streamRequests } from '../support/stream-requests.ts';
import { unknownStream } from '../support/unknown-stream.ts';

const unknownNotFound = defineCheck({
  id: 'unknown-stream-404',
  rows: ['LIM-01'],
  title: 'Reads a stream that never was and appends to it, beside one that is',
  needs: { operations: ['create', 'append', 'poll'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start();
    await lab.append(stream, lab.events(1));
    const known = await lab.http(dialect.poll(stream.id));
    lab.expect(known.status === 200, {
      reason: 'known-stream-refused',
      expected: '200 to a poll of a stream that is',
      observed: String(known.status),
      evidence: { operation: 'poll', status: known.status, stream: stream.id },
      exchanges: [known.number],
    });
    const unknown = unknownStream(lab, stream.id);
    for (const { operation, request } of streamRequests(lab, unknown)) {
      // Removing and tickets belong to other rows: a repeated removal may well answer 204.
      if (operation === 'remove' || operation === 'ticket') continue;
      const { status, body, number } = await lab.http(request, { timeout_ms: attachBound(lab) });
      lab.given(status !== 0, 'no-answer', `${operation} of an unknown stream was not answered`);
      lab.expect(status === 404, {
        reason: 'unknown-stream-served',
        expected: `404 to ${operation} of a stream that never was`,
        observed: `${status} with ${body.byteLength} bytes`,
        evidence: { operation, status, stream: unknown },
        exchanges: [number],
      });
    }
  },
});

export const UNKNOWN: readonly Check[] = [unknownNotFound];
