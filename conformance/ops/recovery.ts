/** Work that goes on: after a fault, and beside a large request. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineCheck, Unmet, type Check } from '../../harness/check.ts';
import { now } from '../../harness/clock.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { CHECK_TIMEOUT_MS, PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { bootInstance, killInstance } from '../support/restart.ts';

/** Tries until it works or the recovery time is over; what the last try was answered. */
async function within(
  lab: Lab,
  until_ms: number,
  attempt: () => Promise<string | null>,
  pause_ms = PROBE_INTERVAL_MS,
): Promise<string | null> {
  for (;;) {
    const problem = await attempt();
    if (problem === null || now() > until_ms) return problem;
    await delay(pause_ms, undefined, { signal: lab.signal });
  }
}

/** Each try counts among the streams a check may start, so there are few in the recovery time. */
const START_TRIES = 10;

/** A stream, or what the start was answered. */
async function tryStart(lab: Lab): Promise<StreamHandle | string> {
  try {
    return await lab.start({}, { via: 0 });
  } catch (error) {
    if (error instanceof Unmet && error.reason === 'setup-start') return error.message;
    throw error;
  }
}

const recovers = defineCheck({
  id: 'recovers-by-itself',
  rows: ['OPS-08'],
  title: 'Kills and starts an instance, then appends, polls and subscribes there',
  needs: { operations: ['create', 'append', 'poll', 'subscribe'], hooks: ['kill', 'start'], instances: 1 },
  isolation: 'disruptive',
  costs: { streams: START_TRIES + 2, connections: 4, disruptions: 1 },
  timeout_ms: ({ times }) => CHECK_TIMEOUT_MS + 2 * times.recovery_ms,
  run: async (lab: Lab) => {
    const { dialect, capabilities, times } = lab.target;
    const expectRecovered = (operation: string, which: string, problem: string | null, stream: string | null) => {
      lab.expect(problem === null, {
        reason: 'no-recovery',
        expected: `${operation} works within ${times.recovery_ms} ms of the restart, on a stream ${which} it`,
        observed: problem ?? '',
        evidence: { operation, which, answer: problem, stream },
      });
    };
    const old = await lab.start({}, { via: 0 });
    await lab.append(old, lab.events(1), { via: 0 });
    await killInstance(lab, 0);
    await bootInstance(lab, 0);
    const until_ms = now() + times.recovery_ms;
    const streams = new Map<string, StreamHandle>(capabilities.has('durable') ? [['from before', old]] : []);
    const start = async (): Promise<string | null> => {
      const started = await tryStart(lab);
      if (typeof started === 'string') return started;
      streams.set('started after', started);
      return null;
    };
    const problem = await within(lab, until_ms, start, times.recovery_ms / START_TRIES);
    expectRecovered('start', 'started after', problem, null);
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
        expectRecovered(operation, which, await within(lab, until_ms, attempt), stream.id);
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
    let beside = 0;
    do {
      const sent_ms = now();
      const { ids, outcome, exchange } = await lab.tryAppend(small, lab.events(1), {}, route);
      lab.given(outcome === 'ok', 'setup-append', `a small append was answered ${exchange.status}`);
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
