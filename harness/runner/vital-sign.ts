/**
 * The question before all others: is there a service at all? A text that nobody could know is appended and must come
 * back by some way of reading. A server that answers 200 to everything, or plays back a recording, cannot do that, and
 * no fact about it is worth a verdict. Which way of reading is broken is for the checks to say: one that works is enough.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { defineCheck, type Check } from '../check.ts';
import { now } from '../clock.ts';
import type { Lab, StreamHandle } from '../lab.ts';
import { streamQuota } from '../lab/allowance.ts';
import type { Target } from '../target.ts';
import { LONGEST_PAUSE_MS, PROBE_INTERVAL_MS } from '../timeouts.ts';
import { runCheck, type CheckContext } from './run-check.ts';

/** Each may leave a stream behind. */
const MAX_ATTEMPTS = 16;
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

/**
 * Asks until it is alive or the time has passed, ever more rarely: whoever does not answer yet may be starting up.
 * What the first attempt showed when there was no life; null when there is, or when nobody waits for it any more.
 */
export async function missingLife(context: Omit<CheckContext, 'rows'>, within_ms: number): Promise<string | null> {
  const { signal, target } = context;
  const until_ms = now() + within_ms;
  const attempts = Math.min(MAX_ATTEMPTS, target.safety.max_streams);
  // Of its own: what it takes to find out whether there is a service must not be missing from the checks.
  const own = { ...context, rows: [], quota: streamQuota(attempts) };
  let first: string | null = null;
  let pause_ms = PROBE_INTERVAL_MS;
  for (let attempt = 1; ; attempt += 1) {
    const { result } = await runCheck(vitalSign, own);
    if (result.outcome === 'pass' || signal.aborted) return null;
    first ??= result.observed ?? result.reason ?? 'no sign';
    const left_ms = until_ms - now();
    if (left_ms <= 0 || attempt === attempts) return first;
    await delay(Math.min(pause_ms, left_ms), undefined, { signal }).catch(() => undefined);
    pause_ms = Math.min(pause_ms * 2, LONGEST_PAUSE_MS);
  }
}
