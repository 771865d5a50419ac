/**
 * The question before all others: is there a service at all? A text that nobody could know is appended and must come
 * back by some way of reading. A server that answers 200 to everything, or plays back a recording, cannot do that, and
 * no fact about it is worth a verdict. Which way of reading is broken is for the checks to say: one that works is enough.
 */
import { randomUUID } from 'node:crypto';
import { defineCheck, type Check } from '../check.ts';
import type { Lab, StreamHandle } from '../lab.ts';
import type { Target } from '../target.ts';

const WAYS = ['poll', 'snapshot', 'subscribe'] as const;

export const vitalSign: Check = defineCheck({
  id: 'vital-sign',
  rows: [],
  title: 'Appends a text that nobody could know and reads it back',
  needs: { operations: ['create', 'append'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    // Not from the seed: a recording of a run with the same seed must not know it.
    const nonce = randomUUID();
    await lab.append(stream, [
      { type: 'agent_chunk', payload_json: JSON.stringify({ step: 'streamproof', chunk: nonce }) },
    ]);
    let alive = false;
    for (const way of WAYS) alive ||= lab.target.dialect.operations.has(way) && (await READS[way](lab, stream, nonce));
    lab.expect(alive, {
      reason: 'not-a-service',
      expected: 'what was appended, by any way of reading',
      observed: `it came back neither by ${WAYS.join(' nor by ')}`,
    });
  },
});

const READS: Record<(typeof WAYS)[number], (lab: Lab, stream: StreamHandle, nonce: string) => Promise<boolean>> = {
  poll: async (lab, stream, nonce) => (await lab.http(lab.target.dialect.poll(stream.id))).body.includes(nonce),
  snapshot: async (lab, stream, nonce) => (await lab.http(lab.target.dialect.snapshot(stream.id))).body.includes(nonce),
  subscribe: async (lab, stream, nonce) => {
    await using reader = lab.subscribe(stream);
    return await reader.until(
      ({ events }) => events.some(({ payload }) => payload.includes(nonce)),
      lab.target.times.replay_ms + lab.target.times.event_latency_ms,
    );
  },
};

/** Whether the target lets itself be asked: it can append and read, and we may. */
export function canBeAsked({ dialect, safety }: Target): boolean {
  const { operations } = dialect;
  const writable = operations.has('create') && operations.has('append') && safety.allow.has('append');
  return writable && WAYS.some((way) => operations.has(way));
}
