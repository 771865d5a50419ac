/** The same stream on every instance. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, StreamHandle } from '../../harness/lab.ts';
import { range, sameIds, wrongIds } from '../support/dense.ts';
import { arrives, attachBound } from '../support/followed.ts';

const BURST = 20;

const crossInstance = defineCheck({
  id: 'every-instance-hears',
  rows: ['RPL-27'],
  title: `Appends bursts of ${BURST} events through one instance to readers on the others`,
  needs: { operations: ['create', 'append', 'subscribe'], capabilities: ['shared-store'], instances: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 8 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    await lab.append(stream, lab.events(1), { via: 0 });
    const readers = lab.target.instances
      .slice(1)
      .map(({ index }) => ({ index, reader: lab.subscribe(stream, { via: index }) }));
    for (const { reader } of readers) {
      lab.given(
        await arrives(reader, 1, attachBound(lab)),
        'setup-subscribe',
        'a reader was not served its first event',
      );
    }
    let last = 1;
    for (let burst = 0; burst < 3; burst += 1) {
      for (let sent = 0; sent < BURST; sent += 1)
        last = (await lab.append(stream, lab.events(1), { via: 0 })).at(-1) ?? last;
      for (const { index, reader } of readers) {
        const heard = await arrives(reader, last, lab.target.times.event_latency_ms);
        lab.expect(heard, {
          reason: 'wake-up-lost',
          expected: `event ${last}, the last of a burst through instance 0, on instance ${index}`,
          observed: `event ${reader.events.at(-1)?.id ?? 0} is the last that came`,
          evidence: { id: last, seen_last: reader.events.at(-1)?.id ?? 0, instance: index },
          exchanges: [reader.number],
        });
      }
    }
    lab.judge();
  },
});

/** What an instance's list says of the stream; null where it is not in it. */
async function listedStatus(lab: Lab, stream: StreamHandle, instance: number): Promise<Listed> {
  const exchange = await lab.http(lab.target.dialect.list(), { via: instance });
  lab.given(exchange.status === 200, 'setup-list', `a list was answered ${exchange.status}`);
  const entry = lab.target.dialect.readListed(exchange).find((listed) => listed.stream === stream.id);
  return { status: entry?.status ?? null, number: exchange.number };
}

interface Listed {
  readonly status: string | null;
  readonly number: number;
}

/** The stream, finished by now, stands in every instance's list as in that of the instance it was started through. */
async function listsAgree(lab: Lab, stream: StreamHandle): Promise<void> {
  const first = await listedStatus(lab, stream, 0);
  // A list may be shorter than what an account has.
  if (first.status === null) return;
  for (const { index } of lab.target.instances.slice(1)) {
    const { status, number } = await listedStatus(lab, stream, index);
    lab.expect(status === first.status, {
      reason: 'instance-differs',
      expected: `the stream listed on instance ${index} as ${first.status}, as on instance 0`,
      observed: status ?? 'not listed',
      evidence: { instance: index, mode: 'a list', status, stream: stream.id },
      exchanges: [first.number, number],
    });
  }
}

const everyInstance = defineCheck({
  id: 'every-instance-shows-the-same',
  rows: ['RPL-28'],
  title: 'Polls, lists and snapshots a growing stream on every instance',
  needs: { operations: ['create', 'append', 'poll', 'snapshot'], capabilities: ['shared-store'], instances: 2 },
  isolation: 'shared',
  costs: { streams: 1, connections: 3 },
  run: async (lab: Lab) => {
    const stream = await lab.start({}, { via: 0 });
    for (let round = 1; round <= 2; round += 1) {
      const last = (await lab.append(stream, lab.events(4), { via: 0 })).at(-1) ?? 0;
      for (const { index } of lab.target.instances) {
        const polled = await lab.poll(stream, {}, { via: index });
        const snapshot = await lab.snapshot(stream, { via: index });
        for (const [mode, ids, number] of [
          ['polling', polled.events.map(({ id }) => id), polled.exchange.number],
          ['a snapshot', snapshot.events.map(({ id }) => id), snapshot.exchange.number],
        ] as const) {
          lab.expect(sameIds(ids, range(1, last)), () => ({
            ...wrongIds('instance-differs', `${mode} on instance ${index}`, ids, range(1, last), [number]),
            evidence: {
              instance: index,
              mode,
              round,
              id: range(1, last).find((id) => !ids.includes(id)) ?? null,
              seen: [...ids],
            },
          }));
        }
      }
    }
    if (!lab.target.dialect.operations.has('list')) return;
    await lab.append(stream, [lab.target.dialect.terminal], { via: 0 });
    await listsAgree(lab, stream);
  },
});

export const INSTANCES: readonly Check[] = [crossInstance, everyInstance];
