/** Everybody comes back at once. */
import { setTimeout as delay } from 'node:timers/promises';
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Route, StreamHandle } from '../../harness/lab.ts';
import { PROBE_INTERVAL_MS } from '../../harness/timeouts.ts';
import { resumedIds } from '../support/dense.ts';
import { oneInstance } from '../support/direct.ts';
import { attachBound } from '../support/followed.ts';

const RECONNECTS = 2_000;
/** Clients at a time; half of what the limit allows, because a slot may be given back only after its client returns. */
const CLIENTS = 32;
/** How often a server may turn one reconnect away to shed load, before nothing can be said of it. */
const MOST_REFUSALS = 20;
/** Between two tries, doubled each time up to the second one. */
const PAUSES_MS = [PROBE_INTERVAL_MS, 1_000] as const;

interface Client {
  readonly lineage: string;
  readonly route: Route;
  cursor: string;
}

const storm = defineCheck({
  id: 'reconnect-storm',
  rows: ['LIM-19'],
  title: `Lets ${CLIENTS} clients reconnect together, ${RECONNECTS} times in all, each time behind the tail and during an append`,
  needs: { operations: ['create', 'append', 'subscribe', 'poll'] },
  isolation: 'timing',
  costs: { streams: 1, connections: 2 * CLIENTS + 4 },
  run: async (lab: Lab) => {
    const home = lab.target.capabilities.has('shared-store') ? {} : oneInstance(lab);
    const stream = await lab.start({}, home);
    let last = (await lab.append(stream, lab.events(1), home)).at(-1) ?? 0;
    const limit = lab.target.limits.open_streams_per_account ?? 2 * CLIENTS;
    const clients = Array.from({ length: Math.max(1, Math.min(CLIENTS, Math.floor(limit / 2))) }, (_, index) => ({
      lineage: `client-${index}`,
      route: routeOf(lab, index),
      cursor: '0',
    }));
    const rounds = Math.ceil(RECONNECTS / clients.length);
    for (let round = 1; round <= rounds; round += 1) {
      const event = round === rounds ? [lab.target.dialect.terminal] : lab.events(1);
      const owed = last + 1;
      const [appended] = await Promise.all([
        lab.append(stream, event, home),
        ...clients.map((client) => reconnect(lab, stream, client, owed)),
      ]);
      last = appended.at(-1) ?? owed;
      // The next round begins behind the tail.
      if (round < rounds) last = (await lab.append(stream, lab.events(1), home)).at(-1) ?? last;
    }
    await lab.finalRead(stream, home);
    lab.judge();
  },
});

/** Instances in turn where their addresses are known: what is in front of them may well be slower than they are. */
function routeOf(lab: Lab, index: number): Route {
  const { instances, capabilities } = lab.target;
  if (instances.length === 0 || !capabilities.has('shared-store')) return oneInstance(lab);
  return { via: index % instances.length };
}

/** Resumes and stays until it has the event. */
async function reconnect(lab: Lab, stream: StreamHandle, client: Client, owed: number): Promise<void> {
  for (let refusals = 0; ; refusals += 1) {
    const { lineage, route, cursor } = client;
    await using reader = lab.subscribe(stream, { ...route, lineage, cursor });
    const { status } = await reader.opened;
    if (status === 429 || status === 503) {
      lab.given(refusals < MOST_REFUSALS, 'storm-refused', `a reconnect was answered ${status} ${refusals + 1} times`);
      await delay(Math.min(PAUSES_MS[0] * 2 ** refusals, PAUSES_MS[1]), undefined, { signal: lab.signal });
      continue;
    }
    const served = await reader.until(({ events }) => (events.at(-1)?.id ?? 0) >= owed, attachBound(lab));
    lab.expect(served, {
      reason: 'reconnect-not-served',
      expected: `event ${owed} for a client that resumes after ${cursor}`,
      observed: `${status}, last event ${reader.events.at(-1)?.id ?? 'none'}`,
      evidence: { status, cursor, owed, last_seen: reader.events.at(-1)?.id ?? null, lineage },
      exchanges: [reader.number],
    });
    const [first] = resumedIds(lab, reader, Number(cursor));
    lab.expect(first === Number(cursor) + 1, {
      reason: 'reconnect-lost-or-doubled',
      expected: `event ${Number(cursor) + 1} first for a client that resumes after ${cursor}`,
      observed: `event ${first ?? '?'}`,
      evidence: { cursor, id: first ?? null, lineage },
      exchanges: [reader.number],
    });
    client.cursor = reader.last_event_id;
    return;
  }
}

export const STORM: readonly Check[] = [storm];
