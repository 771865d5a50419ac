import { defineCheck } from '../../harness/check.ts';
import type { Exchange } from '../../harness/client/exchange.ts';
import type { Lab } from '../../harness/lab.ts';
import { unknownStream } from '../unknown-stream.ts';

/** These two differ from answer to answer by nature. */
const VOLATILE_HEADERS = new Set(['date', 'x-request-id']);

/** Another account's stream against one that never was: the same answer to the byte, and no other difference. */
export const foreignNotFound = defineCheck({
  id: 'foreign-not-found',
  rows: ['ISO-01'],
  title: 'Reads a snapshot of another account’s stream and of one that never was',
  needs: { operations: ['create', 'snapshot'], capabilities: ['accounts'], accounts: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 1 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start();
    // The owner can read it: what the stranger is refused does exist.
    await lab.snapshot(stream);
    const stranger = { account: lab.account(1) };
    const foreign = await lab.http(dialect.snapshot(stream.id), stranger);
    const unknown = await lab.http(dialect.snapshot(unknownStream(lab)), stranger);
    const answered = foreign.end === 'complete' && unknown.end === 'complete';
    lab.given(answered, 'no-answer', 'a read by the stranger was not answered');
    lab.expect(foreign.status === 404 && unknown.status === 404, () => ({
      reason: 'not-404',
      expected: '404 for a foreign stream and for an unknown one',
      observed: `${String(foreign.status)} for the foreign, ${String(unknown.status)} for the unknown one`,
      evidence: { foreign: foreign.status, unknown: unknown.status },
      exchanges: [foreign.number, unknown.number],
    }));
    lab.expect(fingerprint(foreign) === fingerprint(unknown), () => ({
      reason: 'distinguishable-404',
      expected: 'the same headers and body bytes for both',
      observed: `${fingerprint(foreign)} for the foreign, ${fingerprint(unknown)} for the unknown one`,
      evidence: { foreign: fingerprint(foreign), unknown: fingerprint(unknown) },
      exchanges: [foreign.number, unknown.number],
    }));
  },
});

function fingerprint({ headers, body }: Exchange): string {
  const kept = headers.filter(([name]) => !VOLATILE_HEADERS.has(name.toLowerCase()));
  return JSON.stringify([kept, body.toString('latin1')]);
}
