/** Work that goes on: after a fault, and beside a large request. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineCheck, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { killInstance, startInstance } from '../support/restart.ts';

/** Tries until it works or the recovery time is over; what the last try was answered. */
async function within(lab: Lab, until_ms: number, attempt: () => Promise<string | null>): Promise<string | null> {
  for (;;) {
    const problem = await attempt();
    if (problem === null || now() > until_ms) return problem;
    await delay(PROBE_INTERVAL_MS, undefined, { signal: lab.signal });
  }
}

const recovers = defineCheck({
  id: 'recovers-by-itself',
  rows: ['OPS-08'],
  title: 'Kills and starts an instance, then appends, polls and subscribes there',
  needs: { operations: ['create', 'append', 'poll', 'subscribe'], hooks: ['kill', 'start'], instances: 1 },
  isolation: 'disruptive',
  costs: { streams: 2, connections: 4, disruptions: 1 },
  run: async (lab: Lab) => {
    const { dialect, capabilities, times } = lab.target;
    const old = await lab.start({}, { via: 0 });
    await lab.append(old, lab.events(1), { via: 0 });
    await killInstance(lab, 0);
    await startInstance(lab, 0);
    const until_ms = now() + times.recovery_ms;
    const fresh = await lab.start({}, { via: 0 });
    const streams: readonly (readonly [string, StreamHandle])[] = [
      ...(capabilities.has('durable') ? [['from before', old] as const] : []),
      ['started after', fresh],
    ];
    for (const [which, stream] of streams) {
      const work = {
        append: async () => {
          const { outcome, exchange } = await lab.tryAppend(stream, lab.events(1), {}, { via: 0 });
          return outcome === 'ok' ? null : String(exchange.status);
        },
        poll: async () => {
          const { status } = await lab.http(dialect.poll(stream.id), { via: 0 });
          return status === 200 ? null : String(status);
        },
        subscribe: async () => {
          await using reader = lab.subscribe(stream, { via: 0 });
          const served = await arrives(reader, 1, attachBound(lab));
          return served ? null : `${(await reader.opened).status} without an event`;
        },
      };
      for (const [operation, attempt] of Object.entries(work)) {
        const problem = await within(lab, until_ms, attempt);
        lab.expect(problem === null, {
          reason: 'no-recovery',
          expected: `${operation} to a stream ${which} the restart works within ${times.recovery_ms} ms`,
          observed: problem ?? '',
          evidence: { operation, which, answer: problem, stream: stream.id },
        });
      }
    }
  },
});

/** Below the least body limit that is common, and large enough to take a parser its time. */
const LARGE_BYTES = 900_000;
const LARGE_EVENTS = 9;

const blocksNobody = defineCheck({
  id: 'large-request-blocks-nobody',
  rows: ['OPS-09'],
  title: 'Sends large appends to one stream while another is followed',
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'timing',
  costs: { streams: 2, connections: 4 },
  run: async (lab: Lab) => {
    const { times, limits } = lab.target;
    const route = lab.target.instances.length > 0 ? ({ via: 0 } as const) : {};
    const [large, small] = [await lab.start({}, route), await lab.start({}, route)];
    await lab.append(small, lab.events(1), route);
    await using reader = lab.subscribe(small, route);
    lab.given(await arrives(reader, 1, attachBound(lab)), 'setup-subscribe', 'a reader was not served');
    const bytes = Math.min(LARGE_BYTES, Math.floor((limits.body_bytes ?? LARGE_BYTES) * 0.8));
    const progress = { busy: true };
    const sending = lab
      .tryAppend(large, lab.events(LARGE_EVENTS, Math.floor(bytes / LARGE_EVENTS)), {}, route)
      .finally(() => {
        progress.busy = false;
      });
    // Where a violation is found first, nobody waits for it any more.
    sending.catch(() => undefined);
    let beside = 0;
    do {
      const sent_ms = now();
      const { ids } = await lab.tryAppend(small, lab.events(1), {}, route);
      const seen = await arrives(reader, ids[0], times.event_latency_ms);
      const took_ms = Math.round(now() - sent_ms);
      beside += 1;
      lab.expect(seen && took_ms <= times.event_latency_ms, {
        reason: 'loop-blocked',
        expected: `an event of another stream within ${times.event_latency_ms} ms while ${bytes} bytes are taken in`,
        observed: `${took_ms} ms`,
        evidence: { id: ids[0] ?? null, took_ms, bytes },
        exchanges: [reader.number],
      });
    } while (progress.busy);
    const { exchange, outcome } = await sending;
    lab.given(outcome === 'ok', 'setup-append', `the large append was answered ${exchange.status}`);
    lab.note(`${beside} events were appended and seen beside the large one`);
  },
});

export const RECOVERY: readonly Check[] = [recovers, blocksNobody];
