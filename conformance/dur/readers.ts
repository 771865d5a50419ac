/** Readers whose connection breaks under them. */
import { setTimeout as delay } from 'node:timers/promises';
import { cut } from '../../chaos/index.ts';
import { defineCheck, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { Lab, StreamHandle, Subscription } from '../../harness/lab.ts';
import { CHECK_TIMEOUT_MS, PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';
import { idsOf, range, resumedIds, sameIds, wrongIds } from '../support/dense.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { appendedAgain, takenOverWithin } from '../support/again.ts';
import { proxied } from '../support/proxied.ts';
import { killInstance, startInstance } from '../support/restart.ts';

const READERS = 3;
const BEFORE = 3;
/** With sticky routing all readers sit on one instance, which only its death tells. */
const MAX_KILLS = 3;

interface Broken {
  readonly stream: StreamHandle;
  readonly killed: number;
  readonly readers: readonly Subscription[];
}

/** Attaches readers through the ingress and kills the instance that serves one or more of them. */
async function breakReaders(lab: Lab): Promise<Broken> {
  const stream = await lab.start();
  await lab.append(stream, lab.events(BEFORE));
  const readers = Array.from({ length: READERS }, () => lab.subscribe(stream));
  for (const reader of readers) {
    lab.given(await arrives(reader, BEFORE, attachBound(lab)), 'setup-subscribe', 'a reader was not served');
  }
  for (const { index } of lab.target.instances.slice(0, MAX_KILLS)) {
    await killInstance(lab, index);
    const bound_ms = lab.target.times.event_latency_ms;
    await Promise.race(readers.map((reader) => reader.until(({ end }) => end !== null, bound_ms)));
    const broken = readers.filter(({ end }) => end !== null);
    if (broken.length > 0) return { stream, killed: index, readers: broken };
    await startInstance(lab, index);
  }
  lab.given(false, 'fault-never-bit', `no reader broke when ${MAX_KILLS} instances were killed`);
}

const NEEDS = {
  operations: ['create', 'append', 'subscribe'],
  hooks: ['kill', 'start'],
  instances: 2,
} as const;

/** Comes back as an EventSource does, until it is served or its time is up. */
async function reconnected(lab: Lab, stream: StreamHandle, { last_event_id, lineage }: Subscription) {
  const until_ms = now() + lab.target.times.recovery_ms;
  for (;;) {
    const again = lab.subscribe(stream, { cursor: last_event_id, lineage });
    const { status } = await again.opened;
    if (status === 200 || now() > until_ms) return { again, status };
    await again.close();
    await delay(PROBE_INTERVAL_MS, undefined, { signal: lab.signal });
  }
}

const survivesKill = defineCheck({
  id: 'reader-survives-kill',
  rows: ['DUR-14'],
  title: 'Kills the instance under readers of the ingress, appends, and lets them reconnect',
  timeout_ms: ({ times }) => CHECK_TIMEOUT_MS + takenOverWithin(times) + READERS * times.recovery_ms,
  needs: { ...NEEDS, capabilities: ['shared-store'] },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 8, disruptions: MAX_KILLS },
  run: async (lab: Lab) => {
    const { stream, killed, readers } = await breakReaders(lab);
    const alive = lab.target.instances.find(({ index }) => index !== killed)?.index ?? 0;
    const { outcome, exchange } = await appendedAgain(lab, stream, lab.events(2), { via: alive });
    lab.given(outcome === 'ok', 'setup-append', `an append beside the dead instance was answered ${exchange.status}`);
    const last = BEFORE + 2;
    for (const reader of readers) {
      const { again, status } = await reconnected(lab, stream, reader);
      await arrives(again, last, attachBound(lab));
      const owed = range(Number(reader.last_event_id) + 1, last);
      const seen = resumedIds(lab, again, Number(reader.last_event_id));
      lab.expect(status === 200 && sameIds(seen, owed), () => ({
        ...wrongIds('reader-not-resumed', 'a reader that reconnected', seen, owed, [reader.number, again.number]),
        evidence: {
          status,
          cursor: reader.last_event_id,
          id: owed.find((id) => !seen.includes(id)) ?? null,
          killed,
        },
      }));
      await again.close();
    }
  },
});

const noServerError = defineCheck({
  id: 'restart-no-5xx',
  rows: ['DUR-15'],
  title: 'Lets readers of the ingress come back all through the restart of an instance',
  needs: { ...NEEDS, capabilities: ['sse-ingress-safe', 'shared-store'] },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 8, disruptions: MAX_KILLS },
  run: async (lab: Lab) => {
    const { stream, killed, readers } = await breakReaders(lab);
    const progress = { down: true };
    const started = startInstance(lab, killed).finally(() => {
      progress.down = false;
    });
    do {
      for (const { last_event_id, lineage } of readers) {
        await using again = lab.subscribe(stream, { cursor: last_event_id, lineage });
        const { status } = await again.opened;
        lab.expect(status < 500, {
          reason: 'server-error-on-reconnect',
          expected: 'a stream, or a connection that breaks and is tried again',
          observed: `${status}, which ends an EventSource for good`,
          evidence: { status, cursor: last_event_id, killed, stream: stream.id },
          exchanges: [again.number],
        });
      }
      // The starting process needs the processor as well.
      await delay(PROBE_INTERVAL_MS, undefined, { signal: lab.signal });
    } while (progress.down);
    await started;
  },
});

/** Into the `id:` line, into the data, and before the last byte of the blank line. */
const CUTS = [2, 30, -1];

const cutFrame = defineCheck({
  id: 'cut-frame-comes-whole',
  rows: ['DUR-16'],
  title: `Breaks connections inside an event, at ${CUTS.length} places, and resumes each`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const stream = await lab.start();
    const [first, middle, last] = await lab.append(stream, lab.events(3));
    lab.given(first !== undefined && middle !== undefined && last !== undefined, 'setup-append', 'three ids');
    await using hop = await proxied(lab, lab.target.url);
    for (const byte of CUTS) {
      const armed = hop.proxy.arm(cut({ at: { id: String(middle), byte }, kind: 'rst' }));
      await using reader = lab.subscribe(stream, hop.route);
      await reader.finished(attachBound(lab));
      lab.given(armed.result().bit, 'fault-never-bit', `the frame of event ${middle} was not cut at byte ${byte}`);
      armed.lift();
      const cursor = reader.last_event_id;
      await using again = lab.subscribe(stream, { ...hop.route, lineage: reader.lineage, cursor });
      await arrives(again, last, attachBound(lab));
      const seen = [...idsOf(reader), ...resumedIds(lab, again, Number(cursor))];
      lab.expect(sameIds(seen, range(first, last)), () => ({
        ...wrongIds('cut-frame-lost', `a reader cut at byte ${byte} of event ${middle}`, seen, range(first, last), [
          reader.number,
          again.number,
        ]),
        evidence: { id: middle, byte, cursor, seen },
      }));
    }
  },
});

export const BROKEN_READERS: readonly Check[] = [survivesKill, noServerError, cutFrame];
