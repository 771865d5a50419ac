/** Who produces a stream: takeover, fencing, epochs. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineCheck, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { Lab, StreamHandle, Subscription } from '../../harness/lab.ts';
import type { SeenEvent, StartOptions } from '../../harness/dialects/dialect.ts';
import type { Hooks, Target } from '../../harness/target.ts';
import { CHECK_TIMEOUT_MS, PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';
import { compact, idsOf, range, sameIds } from '../support/dense.ts';
import { takenOverWithin } from '../support/again.ts';
import { attachBound } from '../support/followed.ts';
import { killInstance, startAtTheEnd, startInstance } from '../support/restart.ts';

/** Of a stream whose owner is disturbed. */
const EVENTS = 20;
/** Seen before that. */
const BEFORE = 3;

interface Produced {
  readonly stream: StreamHandle;
  readonly owner: number;
  readonly epoch: number;
  /** A reader on an instance that is not the owner. */
  readonly reader: Subscription;
}

/**
 * A stream that emits by itself, its owner, and a reader elsewhere that has seen its first events. Null: it had ended
 * before the hook told its owner.
 */
async function produced(lab: Lab, events: number, interval_ms: number): Promise<Produced | null> {
  const stream = await lab.start(synthetic(lab, events, interval_ms));
  const found = await ownerOf(lab, stream);
  if (found === null) return null;
  const { instance: owner, epoch } = found;
  const reader = lab.subscribe(stream, { via: otherThan(lab, owner) });
  const producing = await reader.until((seen) => seen.events.length >= BEFORE, attachBound(lab) + BEFORE * interval_ms);
  lab.given(producing, 'setup-produce', `a produced stream showed ${reader.events.length} events`);
  return { stream, owner, epoch, reader };
}

function synthetic(lab: Lab, events: number, interval_ms: number): StartOptions {
  return { synthetic: { events, interval_ms, payload_bytes: 16, seed: lab.random.int(1, 1_000_000) } };
}

async function ownerOf(lab: Lab, stream: StreamHandle): ReturnType<Hooks['ownerOf']> {
  const until_ms = now() + lab.target.times.recovery_ms;
  for (;;) {
    const owner = await lab.hook('ownerOf')(stream.id);
    if (owner !== null) return owner;
    if ((await lab.poll(stream)).events.some(({ terminal }) => terminal)) return null;
    lab.given(now() < until_ms, 'setup-produce', 'nobody owns the stream');
    await delay(PROBE_INTERVAL_MS, undefined, { signal: lab.signal });
  }
}

function ended(lab: Lab, reader: Subscription, work_ms: number): Promise<boolean> {
  return reader.until(
    ({ events }) => events.some(({ terminal }) => terminal),
    takenOverWithin(lab.target.times) + work_ms,
  );
}

/** A check waits for an owner, a takeover and the end of the stream, each at most this long. */
const timeout_ms = ({ times }: Pick<Target, 'times'>): number => CHECK_TIMEOUT_MS + 3 * takenOverWithin(times);

interface Disturbed extends Produced {
  readonly interval_ms: number;
  /** The last event that was stored when the owner had been disturbed. */
  readonly persisted: number;
}

/** From one event to the next: a hook that takes longer than the whole stream is given a slower one. */
const INTERVALS_MS = [20, 80, 320];

/** A stream whose owner was disturbed before its end; `restore` undoes it where that came too late. */
async function disturbed(
  lab: Lab,
  disturb: (owner: number, made: Produced) => Promise<void>,
  restore: (owner: number) => Promise<void>,
): Promise<Disturbed> {
  for (const interval_ms of INTERVALS_MS) {
    const made = await produced(lab, EVENTS, interval_ms);
    if (made === null) continue;
    await disturb(made.owner, made);
    const via = otherThan(lab, made.owner);
    const persisted = (await lab.poll(made.stream, {}, { via })).events.at(-1)?.id ?? 0;
    if (persisted < EVENTS) return { ...made, interval_ms, persisted };
    await restore(made.owner);
  }
  lab.given(false, 'fault-too-late', `all ${EVENTS} events were stored before the owner was disturbed, every time`);
}

function otherThan(lab: Lab, instance: number): number {
  return lab.target.instances.find(({ index }) => index !== instance)?.index ?? 0;
}

const COSTS = {
  streams: INTERVALS_MS.length,
  connections: 2 * INTERVALS_MS.length,
  disruptions: INTERVALS_MS.length,
} as const;

const NEEDS = {
  operations: ['create', 'subscribe', 'poll'],
  capabilities: ['leases', 'producer', 'shared-store'],
  instances: 2,
} as const;

const takeover = defineCheck({
  id: 'takeover-after-death',
  rows: ['DUR-11'],
  title: 'Kills the owner of a running stream and follows the stream elsewhere to its end',
  needs: { ...NEEDS, hooks: ['kill', 'start', 'ownerOf'] },
  isolation: 'disruptive',
  costs: COSTS,
  timeout_ms,
  run: async (lab: Lab) => {
    const { stream, owner, reader, persisted, interval_ms } = await disturbed(
      lab,
      (instance) => killInstance(lab, instance),
      (instance) => startInstance(lab, instance),
    );
    const within_ms = takenOverWithin(lab.target.times);
    const taken = await reader.until((seen) => (seen.events.at(-1)?.id ?? 0) > persisted, within_ms);
    lab.expect(taken, {
      reason: 'stream-orphaned',
      expected: `another instance to go on after event ${persisted} within ${within_ms} ms`,
      observed: `event ${reader.events.at(-1)?.id ?? 0} is the last`,
      evidence: { id: persisted, owner, stream: stream.id },
      exchanges: [reader.number],
    });
    // Its return must change nothing any more, and takes the time that the rest of the stream takes.
    const back = startInstance(lab, owner);
    await ended(lab, reader, EVENTS * interval_ms);
    lab.expect(sameIds(idsOf(reader), range(1, EVENTS)), {
      reason: 'workload-not-continued',
      expected: `the ${EVENTS} events of the workload, each once`,
      observed: `events ${compact(idsOf(reader))}`,
      evidence: { id: persisted + 1, surplus: reader.events.length - EVENTS, owner, stream: stream.id },
      exchanges: [reader.number],
    });
    await back;
  },
});

const zombie = defineCheck({
  id: 'zombie-writes-nothing',
  rows: ['DUR-12'],
  title: 'Pauses the owner of a stream past its lease, wakes it after the takeover, and looks who writes',
  needs: { ...NEEDS, hooks: ['pause', 'resume', 'ownerOf'] },
  isolation: 'disruptive',
  costs: COSTS,
  timeout_ms,
  run: async (lab: Lab) => {
    const resume = lab.hook('resume');
    const { stream, owner, epoch, reader, interval_ms } = await disturbed(
      lab,
      async (instance, made) => {
        lab.defer(() => resume(instance).catch(() => undefined));
        await lab.hook('pause')(instance);
        // Where it comes to its end before the old owner wakes, a slower one is tried.
        const taken = await made.reader.until(
          (seen) => seen.events.some((event) => event.terminal || (event.epoch ?? 0) > made.epoch),
          takenOverWithin(lab.target.times),
        );
        lab.given(taken, 'no-takeover', 'no event of a higher epoch came while the owner slept past its lease');
        await resume(instance);
      },
      async () => undefined,
    );
    await ended(lab, reader, EVENTS * interval_ms);
    const stored = await lab.finalRead(stream, { via: otherThan(lab, owner) });
    for (const shown of [reader.events, stored]) {
      const first = shown.findIndex((event) => (event.epoch ?? 0) > epoch);
      const late = shown.slice(Math.max(0, first)).find((event) => first >= 0 && event.epoch === epoch);
      lab.expect(late === undefined, {
        reason: 'zombie-wrote',
        expected: `no event of epoch ${epoch} after event ${shown[first]?.id ?? 0} of a later one`,
        observed: `event ${late?.id ?? 0} of epoch ${epoch}`,
        evidence: { id: late?.id ?? null, epoch, owner, stream: stream.id },
        exchanges: [reader.number],
      });
    }
  },
});

/** The first event that another process than its epoch's produced, or whose epoch is lower than one before. */
function splitBrain(events: readonly SeenEvent[]): { readonly event: SeenEvent; readonly why: string } | null {
  const producers = new Map<number, string>();
  let highest = 0;
  for (const event of events) {
    const { epoch, nonce } = event;
    if (epoch === null || nonce === null) continue;
    if (epoch < highest) return { event, why: `epoch ${epoch} after epoch ${highest}` };
    highest = epoch;
    const producer = producers.get(epoch) ?? nonce;
    if (producer !== nonce) return { event, why: `a second producer in epoch ${epoch}` };
    producers.set(epoch, producer);
  }
  return null;
}

function producersOf(events: readonly SeenEvent[]): Set<string> {
  return new Set(events.flatMap(({ nonce }) => (nonce === null ? [] : [nonce])));
}

const epochRises = defineCheck({
  id: 'epoch-rises-with-owner',
  rows: ['DUR-13'],
  title: 'Ends the owner of a stream and compares epochs and producers of its events',
  needs: { ...NEEDS, hooks: ['terminate', 'start', 'ownerOf'] },
  isolation: 'disruptive',
  costs: COSTS,
  timeout_ms,
  run: async (lab: Lab) => {
    const { stream, owner, reader, interval_ms } = await disturbed(
      lab,
      async (instance) => {
        startAtTheEnd(lab, instance);
        await lab.hook('terminate')(instance);
      },
      (instance) => startInstance(lab, instance),
    );
    const followed = await ended(lab, reader, EVENTS * interval_ms);
    lab.given(followed, 'not-followed', `the reader saw ${reader.events.length} of ${EVENTS} events and no end`);
    const producers = producersOf(reader.events);
    lab.given(producers.size > 1, 'no-takeover', 'no second producer was seen after the owner ended');
    const split = splitBrain(reader.events);
    lab.expect(split === null, {
      reason: 'epoch-not-fencing',
      expected: 'epochs that never decrease, one producer in each',
      observed: `event ${split?.event.id ?? 0}: ${split?.why ?? ''}`,
      evidence: { id: split?.event.id ?? null, epoch: split?.event.epoch ?? null, owner, stream: stream.id },
      exchanges: [reader.number],
    });
  },
});

const keepsStream = defineCheck({
  id: 'living-owner-keeps-stream',
  rows: ['DUR-17'],
  title: 'Follows a produced stream for longer than a lease lives',
  needs: NEEDS,
  isolation: 'shared',
  patient: true,
  costs: { streams: 1, connections: 2 },
  timeout_ms,
  run: async (lab: Lab) => {
    const events = 30;
    const interval_ms = Math.ceil((lab.target.times.lease_ttl_ms * 1.25) / events);
    // Whoever owns it: where several do, a hook that asks one of them may know of none.
    const stream = await lab.start(synthetic(lab, events, interval_ms));
    const reader = lab.subscribe(stream);
    await ended(lab, reader, events * interval_ms);
    const producers = producersOf(reader.events);
    lab.given(producers.size > 0, 'no-producer', 'produced events do not tell their producer');
    const [first] = reader.events;
    const other = reader.events.find(({ nonce, epoch }) => nonce !== first?.nonce || epoch !== first.epoch);
    lab.expect(other === undefined, {
      reason: 'needless-takeover',
      expected: 'one producer and one epoch while the owner lives',
      observed: `event ${other?.id ?? 0} is another’s: ${producers.size} producers`,
      evidence: { id: other?.id ?? null, producers: producers.size, stream: stream.id },
      exchanges: [reader.number],
    });
  },
});

export const OWNERSHIP: readonly Check[] = [takeover, zombie, epochRises, keepsStream];
