/** Streams that were removed. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Route, StreamHandle } from '../../harness/lab.ts';
import { oneInstance } from '../support/direct.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { restartInstance } from '../support/restart.ts';
import { streamRequests } from '../support/stream-requests.ts';

async function remove(lab: Lab, stream: StreamHandle, route: Route): Promise<void> {
  const { status } = await lab.http(lab.target.dialect.remove(stream.id), route);
  lab.given(status >= 200 && status < 300, 'setup-remove', `a removal was answered ${status}`);
}

/** Whatever is asked of it, by way of this route. */
async function expectGone(lab: Lab, stream: StreamHandle, route: Route, where: string): Promise<void> {
  for (const { operation, request } of streamRequests(lab, stream.id)) {
    if (operation === 'remove' || operation === 'ticket') continue;
    const { status, number } = await lab.http(request, { ...route, timeout_ms: attachBound(lab) });
    lab.expect(status === 404, {
      reason: 'removed-stream-answers',
      expected: `404 to ${operation} ${where}`,
      observed: String(status),
      evidence: { operation, status, where, via: String(route.via ?? 'ingress'), stream: stream.id },
      exchanges: [number],
    });
  }
}

/** Every way to the server, the one through which streams are removed first. */
function routes(lab: Lab): Route[] {
  const { instances } = lab.target;
  return instances.length === 0 || !lab.target.capabilities.has('shared-store')
    ? [oneInstance(lab)]
    : instances.map(({ index }) => ({ via: index }));
}

async function started(lab: Lab, ways: readonly Route[]): Promise<StreamHandle> {
  const stream = await lab.start({}, ways[0]);
  await lab.append(stream, lab.events(2), ways[0]);
  for (const way of ways) await lab.snapshot(stream, way);
  return stream;
}

const goneEverywhere = defineCheck({
  id: 'removed-everywhere',
  rows: ['DUR-18'],
  title: 'Removes a stream through one instance and asks for it on each',
  needs: { operations: ['create', 'append', 'snapshot', 'remove'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const ways = routes(lab);
    const stream = await started(lab, ways);
    await remove(lab, stream, ways[0] ?? {});
    for (const way of ways) await expectGone(lab, stream, way, 'after the removal');
  },
});

const readersEnd = defineCheck({
  id: 'removal-ends-readers',
  rows: ['DUR-18'],
  title: 'Removes a stream that has readers on every instance',
  needs: { operations: ['create', 'append', 'snapshot', 'subscribe', 'remove'] },
  isolation: 'shared',
  costs: { streams: 1, connections: 16 },
  run: async (lab: Lab) => {
    const ways = routes(lab);
    const stream = await started(lab, ways);
    const readers = ways.map((way) => ({ way, reader: lab.subscribe(stream, way) }));
    for (const { reader } of readers) {
      lab.given(await arrives(reader, 2, attachBound(lab)), 'setup-subscribe', 'a reader was not served');
    }
    await remove(lab, stream, ways[0] ?? {});
    const within_ms = attachBound(lab);
    for (const { way, reader } of readers) {
      const ends = await reader.until(({ end }) => end !== null, within_ms);
      lab.expect(ends, {
        reason: 'removed-stream-read',
        expected: `the readers of a removed stream ended within ${within_ms} ms`,
        observed: 'one is still attached',
        evidence: { end: reader.end, via: String(way.via ?? 'ingress'), stream: stream.id },
        exchanges: [reader.number],
      });
    }
  },
});

const staysRemoved = defineCheck({
  id: 'removed-after-restart',
  rows: ['DUR-18'],
  title: 'Removes a stream, kills and starts an instance, and asks for the stream there',
  needs: {
    operations: ['create', 'append', 'snapshot', 'remove'],
    hooks: ['kill', 'start'],
    instances: 1,
  },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 2, disruptions: 1 },
  run: async (lab: Lab) => {
    const stream = await started(lab, [{ via: 0 }]);
    await remove(lab, stream, { via: 0 });
    await expectGone(lab, stream, { via: 0 }, 'after the removal');
    await restartInstance(lab, 0);
    await expectGone(lab, stream, { via: 0 }, 'after a restart');
  },
});

export const REMOVAL: readonly Check[] = [goneEverywhere, readersEnd, staysRemoved];
