/** Revoked keys. Each check works on an account of its own, so that nobody else is locked out. */
import { defineCheck, type Check } from '../../harness/check.ts';
import type { Lab, Route, StreamHandle, Subscription } from '../../harness/lab.ts';
import type { Account } from '../../harness/target.ts';
import { arrives, attachBound } from '../support/followed.ts';
import { restartInstance } from '../support/restart.ts';

/** Scheduling and the network, beyond the target's own bound. */
const GRACE_MS = 500;

function bound(lab: Lab): number {
  return lab.target.times.revocation_ms + GRACE_MS;
}

/** A reader of an idle stream that has seen its one event. */
async function idleReader(lab: Lab, stream: StreamHandle, route: Route): Promise<Subscription> {
  const subscription = lab.subscribe(stream.id, route);
  lab.defer(async () => {
    await subscription.close();
  });
  lab.given(
    await arrives(subscription, 1, attachBound(lab)),
    'setup-subscribe',
    'a reader was not served its first event',
  );
  return subscription;
}

async function ownStream(lab: Lab, account: Account, route: Route = {}): Promise<StreamHandle> {
  const stream = await lab.start({}, { ...route, account });
  await lab.append(stream, lab.events(1), { ...route, account });
  return stream;
}

/** States that the reader is ended in time. */
async function endsInTime(lab: Lab, subscription: Subscription, where: string, api_key_id: string): Promise<void> {
  const ended = await subscription.until(({ end }) => end !== null, bound(lab));
  lab.expect(ended, {
    reason: 'revoked-key-streams-on',
    expected: `the reader ${where} ended within ${bound(lab)} ms of the revocation`,
    observed: 'it is still attached',
    evidence: { where, api_key_id, within_ms: bound(lab), ended },
    exchanges: [subscription.number],
  });
}

const NEEDS = {
  operations: ['create', 'append', 'subscribe'],
  capabilities: ['accounts', 'revocation'],
  hooks: ['createAccount', 'revokeKey'],
} as const;

const endsIdleStream = defineCheck({
  id: 'revoked-key-ends-idle-stream',
  rows: ['ISO-10'],
  title: 'Revokes the key of a reader whose stream is quiet',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 2 },
  run: async (lab: Lab) => {
    const account = await lab.hook('createAccount')();
    const stream = await ownStream(lab, account);
    const subscription = await idleReader(lab, stream, { account });
    await lab.hook('revokeKey')(account.api_key_id);
    await endsInTime(lab, subscription, 'of an idle stream', account.api_key_id);
  },
});

const reachesEveryInstance = defineCheck({
  id: 'revocation-reaches-every-instance',
  rows: ['ISO-11'],
  title: 'Revokes a key that has readers on every instance',
  needs: { ...NEEDS, instances: 2 },
  isolation: 'shared',
  costs: { streams: 8, connections: 16 },
  run: async (lab: Lab) => {
    const account = await lab.hook('createAccount')();
    const { instances, dialect, capabilities } = lab.target;
    // Without a shared store a stream is only where it was started.
    const shared = capabilities.has('shared-store') ? await ownStream(lab, account) : null;
    const streams = await Promise.all(
      instances.map(async ({ index }) => shared ?? (await ownStream(lab, account, { via: index }))),
    );
    const readers = await Promise.all(
      streams.map((stream, position) => idleReader(lab, stream, { account, via: instances[position]?.index ?? 0 })),
    );
    await lab.hook('revokeKey')(account.api_key_id);
    await Promise.all(
      readers.map((reader, index) => endsInTime(lab, reader, `on instance ${index}`, account.api_key_id)),
    );
    for (const [position, { index }] of instances.entries()) {
      const id = streams[position]?.id ?? '';
      const { status, number } = await lab.http(dialect.subscribe(id), { account, via: index });
      lab.expect(status === 401, {
        reason: 'revoked-key-accepted',
        expected: `401 on instance ${index}`,
        observed: String(status),
        evidence: { where: `on instance ${index}`, status, api_key_id: account.api_key_id },
        exchanges: [number],
      });
    }
  },
});

const oneKeyOnly = defineCheck({
  id: 'revocation-spares-other-keys',
  rows: ['ISO-13'],
  title: 'Revokes one key of an account and goes on with another',
  needs: NEEDS,
  isolation: 'shared',
  costs: { streams: 1, connections: 4 },
  run: async (lab: Lab) => {
    const account = await lab.hook('createAccount')();
    const [other] = account.other_keys;
    lab.given(other !== undefined, 'no-second-key', 'the account that createAccount made has one key only');
    const second: Account = { ...account, ...other, other_keys: [] };
    const stream = await ownStream(lab, account);
    const revoked = await idleReader(lab, stream, { account });
    const spared = await idleReader(lab, stream, { account: second });
    await lab.hook('revokeKey')(account.api_key_id);
    await endsInTime(lab, revoked, 'of the revoked key', account.api_key_id);
    const appended = await lab.tryAppend(stream, lab.events(1), {}, { account: second });
    const received = await arrives(spared, 2, attachBound(lab));
    lab.expect(appended.outcome === 'ok' && received && spared.end === null, {
      reason: 'other-key-revoked',
      expected: 'the account’s other key appends and reads on',
      observed: `its append was answered ${appended.exchange.status}, its reader ${spared.end === null ? 'missed event 2' : 'was ended'}`,
      evidence: { status: appended.exchange.status, end: spared.end, received, api_key_id: second.api_key_id },
      exchanges: [appended.exchange.number, spared.number],
    });
  },
});

const survivesRestart = defineCheck({
  id: 'revocation-survives-restart',
  rows: ['ISO-12'],
  title: 'Revokes a key, kills and restarts an instance, and tries the key there',
  needs: {
    ...NEEDS,
    capabilities: ['accounts', 'revocation', 'durable'],
    hooks: ['createAccount', 'revokeKey', 'kill', 'start'],
    instances: 1,
  },
  isolation: 'disruptive',
  costs: { streams: 1, connections: 4, disruptions: 1 },
  run: async (lab: Lab) => {
    const account = await lab.hook('createAccount')();
    const stream = await ownStream(lab, account);
    await lab.hook('revokeKey')(account.api_key_id);
    await restartInstance(lab, 0);
    // A server that forgot the whole account would refuse the key as well.
    const [other] = account.other_keys;
    if (other !== undefined) {
      const kept = lab.subscribe(stream, { account: { ...account, ...other, other_keys: [] }, via: 0 });
      const { status } = await kept.opened;
      await kept.close();
      lab.given(
        status === 200,
        'account-forgotten',
        `the account's other key was answered ${status} after the restart`,
      );
    }
    const { status, number } = await lab.http(lab.target.dialect.subscribe(stream.id), { account, via: 0 });
    lab.given(status !== 0, 'no-answer', 'the instance did not answer after its restart');
    lab.expect(status === 401, {
      reason: 'revocation-forgotten',
      expected: '401 after the restart',
      observed: String(status),
      evidence: { instance: 0, status, api_key_id: account.api_key_id },
      exchanges: [number],
    });
  },
});

export const REVOCATION: readonly Check[] = [endsIdleStream, reachesEveryInstance, oneKeyOnly, survivesRestart];
