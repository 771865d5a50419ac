/** Readers that take nothing, next to nothing, or have nothing to take. */
import { setTimeout as delay } from 'node:timers/promises';
import { trickleReader } from '../../chaos/index.ts';
import { defineCheck, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { Lab, StreamHandle, Subscription } from '../../harness/lab.ts';
import type { Target } from '../../harness/target.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { pileUpUntilStanding } from '../support/backlog.ts';
import { oneInstance } from '../support/direct.ts';
import { arrives, attachBound, followed } from '../support/followed.ts';
import { proxied } from '../support/proxied.ts';

/** Servers look at their readers now and then, a busy one late: how many limits an end may take. */
const TOLERANCE = 2;

/** Checks that wait for the stall limit: their own time comes on top of it. */
const PATIENT = {
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['stall-limit'], instances: 1 },
  isolation: 'shared',
  patient: true,
  timeout_ms: ({ times }: Pick<Target, 'times'>): number => CHECK_TIMEOUT_MS + TOLERANCE * times.stall_limit_ms,
  costs: { streams: 1, connections: 3 },
} as const;

/**
 * Judges a reader that takes too little. The end of a connection shows behind what the kernels hold, so the reader is
 * given its time and then takes everything: one that was let go meets the end before the last event.
 */
async function expectCut(
  lab: Lab,
  stream: StreamHandle,
  reader: Subscription,
  how: { readonly what: string; readonly instance: number | null; readonly takeAll: () => void },
): Promise<void> {
  const last = await pileUpUntilStanding(lab, stream, how.instance);
  const full_ms = now();
  const within_ms = TOLERANCE * lab.target.times.stall_limit_ms;
  await delay(within_ms, undefined, { signal: lab.signal });
  how.takeAll();
  await reader.until(({ end, events }) => end !== null || events.at(-1)?.id === last, lab.target.times.recovery_ms);
  const last_seen = reader.events.at(-1)?.id ?? 0;
  lab.expect(reader.end !== null && last_seen < last, {
    reason: 'stalled-reader-kept',
    expected: `the end of a reader that takes ${how.what}, within ${within_ms} ms`,
    observed: `${reader.end ?? 'still open'} after ${Math.round(now() - full_ms)} ms, events up to ${last_seen} of ${last}`,
    evidence: { end: reader.end, last_seen, last, takes: how.what, stream: stream.id },
    exchanges: [reader.number],
  });
}

/** The instance, where the two checks that run side by side have one each; else their bytes count as one. */
function instanceAlone(lab: Lab, instance: number): number | null {
  const { instances, capabilities } = lab.target;
  return capabilities.has('shared-store') && instances.length > 1 ? instance : null;
}

const stalled = defineCheck({
  id: 'stalled-reader-ended',
  rows: ['LIM-10'],
  title: 'Stops reading a stream that goes on, heartbeats and all, and looks when it was let go',
  ...PATIENT,
  run: async (lab: Lab) => {
    await using reader = await followed(lab, oneInstance(lab));
    const { stream, subscription } = reader;
    subscription.stall();
    await expectCut(lab, stream, subscription, {
      what: 'nothing',
      instance: instanceAlone(lab, 0),
      takeAll: () => {
        subscription.resume();
      },
    });
  },
});

const trickling = defineCheck({
  id: 'trickle-reader-ended',
  rows: ['LIM-11'],
  title: 'Reads a stream that goes on by one byte a second, and looks when it was let go',
  ...PATIENT,
  run: async (lab: Lab) => {
    const instance = lab.target.capabilities.has('shared-store') ? lab.target.instances.length - 1 : 0;
    const direct = lab.target.instances[instance]?.url ?? lab.target.url;
    await using hop = await proxied(lab, direct);
    await using reader = await followed(lab, hop.route);
    const { stream, subscription } = reader;
    const began_ms = now();
    const trickle = hop.proxy.arm(trickleReader({ bytes_per_s: 1 }));
    await expectCut(lab, stream, subscription, {
      what: 'one byte a second',
      instance: instanceAlone(lab, instance),
      takeAll: () => {
        const { bit, evidence } = trickle.result();
        lab.fault('trickle-reader', 'the reader', began_ms, now(), bit ? evidence : null);
        trickle.lift();
      },
    });
  },
});

/** For how many limits a stream is quiet. */
const QUIET = 1.5;

const idle = defineCheck({
  id: 'idle-reader-kept',
  rows: ['LIM-12'],
  title: 'Follows a quiet stream for longer than the stall limit, then appends to it',
  ...PATIENT,
  run: async (lab: Lab) => {
    await using reader = await followed(lab, oneInstance(lab));
    const { stream, subscription } = reader;
    const quiet_ms = QUIET * lab.target.times.stall_limit_ms;
    const cut = await subscription.until(({ end }) => end !== null, quiet_ms);
    lab.expect(!cut, {
      reason: 'idle-reader-cut',
      expected: `a reader of a quiet stream still open after ${quiet_ms} ms`,
      observed: `it was ended (${subscription.end ?? ''})`,
      evidence: { end: subscription.end, quiet_ms, stream: stream.id },
      exchanges: [subscription.number],
    });
    const [id] = await lab.append(stream, lab.events(1), oneInstance(lab));
    lab.expect(await arrives(subscription, id, attachBound(lab)), {
      reason: 'idle-reader-forgotten',
      expected: `event ${id ?? '?'} after ${quiet_ms} quiet ms`,
      observed: `last event ${subscription.events.at(-1)?.id ?? 'none'}, ${subscription.end ?? 'still open'}`,
      evidence: { end: subscription.end, id: id ?? null, stream: stream.id },
      exchanges: [subscription.number],
    });
  },
});

export const STALLED_READERS: readonly Check[] = [stalled, trickling, idle];
