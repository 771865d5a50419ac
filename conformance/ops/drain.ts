/** SIGTERM. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, StreamHandle, Subscription } from '../../harness/lab.ts';
import type { Target } from '../../harness/target.ts';
import { CHECK_TIMEOUT_MS } from '../../harness/timeouts.ts';
import { BACKLOG_BYTES, pileUp } from '../support/backlog.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { startAtTheEnd, startInstance } from '../support/restart.ts';

const HOOKS = ['terminate', 'start'] as const;

/** A load balancer is given its time to look elsewhere before streams end, and the instance comes back after it. */
const timeout_ms = ({ times }: Pick<Target, 'times'>): number => CHECK_TIMEOUT_MS + 3 * times.recovery_ms;

async function idleReader(lab: Lab, stream: StreamHandle): Promise<Subscription> {
  const reader = lab.subscribe(stream, { via: 0 });
  lab.given(await arrives(reader, 1, attachBound(lab)), 'setup-subscribe', 'a reader was not served its first event');
  return reader;
}

async function terminate(lab: Lab): Promise<void> {
  startAtTheEnd(lab, 0);
  await lab.hook('terminate')(0);
}

const notReady = defineCheck({
  id: 'draining-not-ready',
  rows: ['OPS-02'],
  title: 'Ends an instance that a slow reader keeps from exiting, and asks /readyz once it has begun to drain',
  needs: {
    operations: ['create', 'append', 'subscribe'],
    capabilities: ['health', 'drain'],
    hooks: HOOKS,
    instances: 1,
  },
  isolation: 'disruptive',
  timeout_ms,
  costs: { streams: 2, connections: 4, disruptions: 1 },
  run: async (lab: Lab) => {
    const ready = (): ReturnType<Lab['http']> =>
      lab.http({ method: 'GET', path: '/readyz' }, { via: 0, account: null });
    const before = await ready();
    lab.given(before.status === 200, 'not-ready', `/readyz was answered ${before.status} before the drain`);
    const idle = await lab.start({}, { via: 0 });
    await lab.append(idle, lab.events(1), { via: 0 });
    const witness = await idleReader(lab, idle);
    const busy = await lab.start({}, { via: 0 });
    await pileUp(lab, busy, BACKLOG_BYTES);
    // The drain waits for it: its backlog is more than the sockets' buffers hold.
    await using slow = await idleReader(lab, busy);
    slow.stall();
    await terminate(lab);
    const draining = await witness.until(({ end }) => end !== null, lab.target.times.recovery_ms);
    lab.given(draining, 'no-drain', 'the instance did not end an idle stream after SIGTERM');
    const { status, end, number } = await ready();
    lab.expect(status === 503 || status === 0, {
      reason: 'ready-while-draining',
      expected: '503, or no connection at all, once streams are being ended',
      observed: status === 0 ? end : String(status),
      evidence: { path: '/readyz', status, stream: idle.id },
      exchanges: [witness.number, number],
    });
  },
});

const endsStreams = defineCheck({
  id: 'drain-ends-streams-whole',
  rows: ['OPS-03'],
  title: 'Ends an instance that has readers, and looks how each stream ends and what is left of the events',
  needs: {
    operations: ['create', 'append', 'subscribe', 'poll'],
    capabilities: ['drain'],
    hooks: HOOKS,
    instances: 1,
  },
  isolation: 'disruptive',
  timeout_ms,
  costs: { streams: 2, connections: 6, disruptions: 1 },
  run: async (lab: Lab) => {
    const streams = [await lab.start({}, { via: 0 }), await lab.start({}, { via: 0 })];
    for (const stream of streams) await lab.append(stream, lab.events(1), { via: 0 });
    const readers = await Promise.all(streams.map((stream) => idleReader(lab, stream)));
    const [stream] = streams;
    lab.given(stream !== undefined, 'setup-start', 'no stream');
    const acked = [1];
    // What is no longer kept would not be lost.
    const most = lab.target.limits.history_limit ?? Number.POSITIVE_INFINITY;
    const progress = { draining: false };
    const appending = (async () => {
      while (!progress.draining && acked.length < most) {
        const { outcome, ids } = await lab.tryAppend(stream, lab.events(1), {}, { via: 0 });
        if (outcome !== 'ok') return;
        acked.push(...ids);
      }
    })();
    await terminate(lab);
    for (const reader of readers) {
      const ended = await reader.until(({ end }) => end !== null, lab.target.times.recovery_ms);
      progress.draining = true;
      lab.expect(ended && reader.end === 'complete', {
        reason: ended ? 'stream-cut-by-drain' : 'stream-kept-by-drain',
        expected: 'a complete message at the end of every stream',
        observed: reader.end ?? `still open after ${lab.target.times.recovery_ms} ms`,
        evidence: { end: reader.end, last_event_id: reader.last_event_id },
        exchanges: [reader.number],
      });
    }
    await appending;
    if (!lab.target.capabilities.has('durable')) return;
    await startInstance(lab, 0);
    const stored = new Set((await lab.finalRead(stream, { via: 0 })).map(({ id }) => id));
    const lost = acked.find((id) => !stored.has(id));
    lab.expect(lost === undefined, {
      reason: 'acknowledged-event-lost',
      expected: `all ${acked.length} events that were acknowledged up to the drain`,
      observed: `event ${lost ?? 0} is gone`,
      evidence: { id: lost ?? null, end: 'complete', stream: stream.id },
    });
  },
});

const retryHint = defineCheck({
  id: 'drain-sends-retry',
  rows: ['OPS-04'],
  title: 'Ends an instance under a reader and reads the last blocks it was sent',
  needs: {
    operations: ['create', 'append', 'subscribe'],
    capabilities: ['retry-hint', 'drain'],
    hooks: HOOKS,
    instances: 1,
  },
  isolation: 'disruptive',
  timeout_ms,
  costs: { streams: 1, connections: 3, disruptions: 1 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(1), { via: 0 });
    const reader = await idleReader(lab, stream);
    const seen = reader.items.length;
    const cursor = reader.last_event_id;
    await terminate(lab);
    const ended = await reader.until(({ end }) => end !== null, lab.target.times.recovery_ms);
    lab.given(ended, 'no-drain', 'the instance did not end the stream after SIGTERM');
    const hint = reader.items.slice(seen).find((item) => item.kind === 'silent' && item.retry_ms !== null);
    lab.expect(hint !== undefined, {
      reason: 'no-retry-hint',
      expected: 'a block with only retry: before the end of a draining stream',
      observed: `${reader.items.length - seen} blocks without one`,
      evidence: { retry: false, items: reader.items.length - seen, stream: stream.id },
      exchanges: [reader.number],
    });
    lab.expect(reader.last_event_id === cursor, {
      reason: 'retry-hint-moves-cursor',
      expected: `cursor ${cursor} as before the drain`,
      observed: `cursor ${reader.last_event_id}`,
      evidence: { retry: true, last_event_id: reader.last_event_id, stream: stream.id },
      exchanges: [reader.number],
    });
  },
});

export const DRAIN: readonly Check[] = [notReady, endsStreams, retryHint];
