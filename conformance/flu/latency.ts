/** Events as they happen. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab } from '../../harness/lab.ts';
import { now } from '../../harness/clock.ts';
import { arrives, followed } from '../support/followed.ts';

const EVENTS = 25;
const SINGLES = 6;

const eventLatency = defineCheck({
  id: 'event-latency',
  rows: ['FLU-05'],
  title: `Appends ${EVENTS} events and times each from its sending to its receipt`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'timing',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    const limit_ms = lab.target.times.event_latency_ms;
    for (let sent = 0; sent < EVENTS; sent += 1) {
      const sent_ms = now();
      const [id] = await lab.append(stream, lab.events(1));
      await arrives(subscription, id, limit_ms);
      const index = subscription.events.findIndex((event) => event.id === id);
      const latency_ms = (subscription.received_ms[index] ?? now()) - sent_ms;
      lab.expect(index >= 0 && latency_ms <= limit_ms, {
        reason: 'event-late',
        expected: `every event within ${limit_ms} ms`,
        observed:
          index < 0
            ? `event ${id ?? '?'} had not come after ${latency_ms.toFixed(0)} ms`
            : `event ${id ?? '?'} took ${latency_ms.toFixed(0)} ms`,
        evidence: { id: id ?? null, latency_ms: Math.round(latency_ms), limit_ms },
        exchanges: [subscription.number],
      });
    }
  },
});

const oneByOne = defineCheck({
  id: 'events-one-by-one',
  rows: ['FLU-06'],
  title: `Sends ${SINGLES} events, each after the one before it was received`,
  needs: { operations: ['create', 'append', 'subscribe'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    await using reader = await followed(lab);
    const { stream, subscription } = reader;
    const within_ms = lab.target.times.event_latency_ms;
    for (let sent = 0; sent < SINGLES; sent += 1) {
      const [id] = await lab.append(stream, lab.events(1));
      const came = await arrives(subscription, id, within_ms);
      lab.expect(came, {
        reason: 'event-waits-for-next',
        expected: `event ${id ?? '?'} before the next one is sent`,
        observed: `event ${id ?? '?'} was not received within ${within_ms} ms while nothing followed it`,
        evidence: { id: id ?? null, within_ms },
        exchanges: [subscription.number],
      });
    }
    lab.judge();
  },
});

export const LATENCY: readonly Check[] = [eventLatency, oneByOne];
