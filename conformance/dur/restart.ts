/** What is there after an instance died. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { compact, range, resumedIds, sameIds } from '../support/dense.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { keeps } from '../support/kept-history.ts';
import { diesAt, killInstance, restartInstance, startInstance } from '../support/restart.ts';

const EVENTS = 8;
const BATCH = 500;

const HOOKS = ['kill', 'start'] as const;

const ackedSurvives = defineCheck({
  id: 'acked-survives-kill',
  rows: ['DUR-01'],
  title: 'Kills the instance that acknowledged an append right after the acknowledgement',
  needs: { operations: ['create', 'append', 'poll'], capabilities: ['durable'], hooks: HOOKS, instances: 1 },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 2, disruptions: 1 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(EVENTS), { via: 0 });
    await diesAt(lab, 0, 'fanout:before', stream.id);
    const { outcome, ids, exchange } = await lab.tryAppend(stream, lab.events(1), {}, { via: 0 });
    await killInstance(lab, 0);
    lab.given(outcome === 'ok', 'setup-append', `the last append was not acknowledged (${exchange.end})`);
    await startInstance(lab, 0);
    const stored = new Set((await lab.finalRead(stream, { via: 0 })).map(({ id }) => id));
    const lost = [...range(1, EVENTS), ...ids].find((id) => !stored.has(id));
    lab.expect(lost === undefined, {
      reason: 'acknowledged-event-lost',
      expected: `every acknowledged event, up to ${ids.at(-1) ?? 0}, after the restart`,
      observed: `event ${lost ?? 0} is gone, ${stored.size} are left`,
      evidence: { id: lost ?? null, stored: stored.size, stream: stream.id },
      exchanges: [exchange.number],
    });
  },
});

const seenIsStored = defineCheck({
  id: 'seen-is-stored',
  rows: ['DUR-02'],
  title: 'Kills an instance the moment a reader sees an event, and looks for that event in the store',
  needs: {
    operations: ['create', 'append', 'subscribe', 'poll'],
    capabilities: ['durable'],
    hooks: HOOKS,
    instances: 1,
  },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 3, disruptions: 1 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(1), { via: 0 });
    await using reader = lab.subscribe(stream, { via: 0 });
    const attached = await arrives(reader, 1, attachBound(lab));
    lab.given(attached, 'setup-subscribe', 'a reader was not served its first event');
    const appended = lab.tryAppend(stream, lab.events(1), {}, { via: 0 });
    const sighted = await reader.until(({ events }) => events.length > 1, attachBound(lab));
    await killInstance(lab, 0);
    await appended;
    lab.given(sighted, 'setup-subscribe', 'the reader was not shown the second event');
    const seen = reader.events.at(-1);
    await startInstance(lab, 0);
    const stored = (await lab.finalRead(stream, { via: 0 })).find(({ id }) => id === seen?.id);
    lab.expect(stored !== undefined && stored.payload === seen?.payload, {
      reason: 'seen-event-vanished',
      expected: `event ${seen?.id ?? 0}, which a reader had seen, in the store`,
      observed: stored === undefined ? 'it is not there' : 'another event has its id',
      evidence: { id: seen?.id ?? null, stored: stored !== undefined, stream: stream.id },
      exchanges: [reader.number],
    });
  },
});

const keepsEverything = defineCheck({
  id: 'restart-keeps-streams',
  rows: ['DUR-03'],
  title: 'Kills and starts an instance and reads a running and a finished stream there',
  needs: {
    operations: ['create', 'append', 'poll', 'subscribe'],
    capabilities: ['durable'],
    hooks: HOOKS,
    instances: 1,
  },
  isolation: 'disruptive',
  costs: { streams: 2, connections: 3, disruptions: 1 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const running = await lab.start({}, { via: 0 });
    const finished = await lab.start({}, { via: 0 });
    await lab.append(running, lab.events(EVENTS), { via: 0 });
    await lab.append(finished, [...lab.events(EVENTS - 1), dialect.terminal], { via: 0 });
    const before = [await lab.poll(running, {}, { via: 0 }), await lab.poll(finished, {}, { via: 0 })];
    await restartInstance(lab, 0);
    for (const [index, stream] of [running, finished].entries()) {
      const kind = index === 0 ? 'running' : 'finished';
      const exchange = await lab.http(dialect.poll(stream.id), { via: 0 });
      lab.expect(exchange.status === 200, {
        reason: 'stream-forgotten',
        expected: `the ${kind} stream after the restart`,
        observed: String(exchange.status),
        evidence: { stream: stream.id, kind, status: exchange.status },
        exchanges: [exchange.number],
      });
      const { events, status } = await lab.poll(stream, {}, { via: 0 });
      const was = before[index];
      const same = sameIds(
        events.map(({ id }) => id),
        was?.events.map(({ id }) => id) ?? [],
      );
      lab.expect(same && status === was?.status && events.length === EVENTS, {
        reason: 'stream-changed',
        expected: `the ${kind} stream as before: ${EVENTS} events, ${was?.status ?? ''}`,
        observed: `events ${compact(events.map(({ id }) => id))}, ${status}`,
        evidence: { stream: stream.id, kind, events: events.length, status },
      });
    }
    const cursor = String(EVENTS - 3);
    await using resumed = lab.subscribe(finished, { via: 0, cursor });
    await resumed.until(({ events }) => events.some(({ terminal }) => terminal), attachBound(lab));
    const seen = resumedIds(lab, resumed, Number(cursor));
    lab.expect(sameIds(seen, range(EVENTS - 2, EVENTS)), {
      reason: 'cursor-forgotten',
      expected: `events ${EVENTS - 2} to ${EVENTS} to a reader with cursor ${cursor} from before the restart`,
      observed: `events ${compact(seen) || 'none'}`,
      evidence: { stream: finished.id, kind: 'finished', cursor },
      exchanges: [resumed.number],
    });
  },
});

const forgetsCleanly = defineCheck({
  id: 'restart-forgets-cleanly',
  rows: ['DUR-04'],
  title: 'Kills and starts a volatile instance and asks for a stream from before',
  needs: {
    operations: ['create', 'append', 'snapshot', 'poll'],
    capabilities: ['volatile'],
    hooks: HOOKS,
    instances: 1,
  },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 2, disruptions: 1 },
  run: async (lab: Lab) => {
    const { dialect } = lab.target;
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(1), { via: 0 });
    await lab.snapshot(stream, { via: 0 });
    await restartInstance(lab, 0);
    for (const [operation, request] of [
      ['subscribe', dialect.subscribe(stream.id)],
      ['poll', dialect.poll(stream.id)],
      ['snapshot', dialect.snapshot(stream.id)],
      ['append', dialect.append(stream.id, lab.events(1))],
    ] as const) {
      if (!dialect.operations.has(operation)) continue;
      const { status, number } = await lab.http(request, { via: 0, timeout_ms: attachBound(lab) });
      lab.expect(status === 404, {
        reason: 'forgotten-not-404',
        expected: `404 to ${operation} of a stream from before the restart`,
        observed: String(status),
        evidence: { operation, status, stream: stream.id },
        exchanges: [number],
      });
    }
  },
});

const idsGoOn = defineCheck({
  id: 'ids-go-on-after-restart',
  rows: ['DUR-05'],
  title: 'Appends to one stream before and after a kill',
  needs: { operations: ['create', 'append'], capabilities: ['durable'], hooks: HOOKS, instances: 1 },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 2, disruptions: 1 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    const before = await lab.append(stream, lab.events(EVENTS), { via: 0 });
    await restartInstance(lab, 0);
    const after = await lab.append(stream, lab.events(2), { via: 0 });
    const last = before.at(-1) ?? 0;
    lab.expect(sameIds(after, range(last + 1, last + 2)), {
      reason: 'ids-not-continued',
      expected: `ids ${last + 1} and ${last + 2} after the restart`,
      observed: `ids ${after.join(' and ')}`,
      evidence: { id: after[0] ?? null, last_before: last, stream: stream.id },
    });
  },
});

const wholeBatch = defineCheck({
  id: 'batch-all-or-nothing',
  rows: ['DUR-06'],
  title: `Kills an instance when the first of a batch of ${BATCH} events is seen elsewhere, or when it is acknowledged`,
  needs: {
    operations: ['create', 'append', 'poll', 'subscribe'],
    capabilities: ['durable', 'shared-store'],
    hooks: HOOKS,
    instances: 2,
  },
  isolation: 'disruptive',
  costs: { streams: 2, connections: 3, disruptions: 1 },
  run: async (lab: Lab) => {
    keeps(lab, BATCH + 1);
    // A batch of this size is taken at all.
    await lab.append(await lab.start({}, { via: 0 }), lab.events(BATCH), { via: 0 });
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(1), { via: 0 });
    await using witness = lab.subscribe(stream, { via: 1 });
    const attached = await arrives(witness, 1, attachBound(lab));
    lab.given(attached, 'setup-subscribe', 'a reader was not served its first event');
    const appending = lab.tryAppend(stream, lab.events(BATCH), {}, { via: 0 });
    await Promise.race([appending, witness.until(({ events }) => events.length > 1, attachBound(lab))]);
    await killInstance(lab, 0);
    await appending;
    await startInstance(lab, 0);
    const stored = (await lab.finalRead(stream, { via: 0 })).length - 1;
    lab.expect(stored === 0 || stored === BATCH, {
      reason: 'batch-torn',
      expected: `all of a batch of ${BATCH} events or none`,
      observed: `${stored} of them`,
      evidence: { stored, batch: BATCH, id: stored + 1, stream: stream.id },
    });
  },
});

export const RESTART: readonly Check[] = [
  ackedSurvives,
  seenIsStored,
  keepsEverything,
  forgetsCleanly,
  idsGoOn,
  wholeBatch,
];
