/**
 * What every lock manager must keep. A new backend calls this with a way to open managers over one fresh table.
 * A lease is let run out by giving it a short TTL and waiting until nobody holds it.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Test } from 'tap';
import type { LockOptions } from '../lease-table.ts';
import type { Lease, LockManager } from '../lock-manager.ts';

/** Managers opened by one `OpenTable()` share their leases, as processes do. */
export type OpenTable = () => Promise<(options: LockOptions) => LockManager>;

const LONG_MS = 60_000;
const SHORT_MS = 20;

export async function untilFree(locks: LockManager, stream_id: string): Promise<void> {
  while ((await locks.holder(stream_id)) !== null) await nextTurn();
}

export async function lockContract(t: Test, name: string, openTable: OpenTable): Promise<void> {
  const open = await openTable();
  const a = open({ owner_id: 'a', ttl_ms: LONG_MS });
  const b = open({ owner_id: 'b', ttl_ms: LONG_MS });
  const brief = open({ owner_id: 'brief', ttl_ms: SHORT_MS });
  const held = async (locks: LockManager, stream_id: string): Promise<Lease> => {
    const lease = await locks.acquire(stream_id);
    if (lease === null) throw new Error(`${stream_id} is held by somebody`);
    return lease;
  };

  await t.test(`${name}: one owner at a time, others and the owner itself wait`, async (t) => {
    const stream_id = randomUUID();
    t.equal(await a.holder(stream_id), null);
    t.match(await a.acquire(stream_id), { stream_id, owner_id: 'a', epoch: 1, token: String });
    t.equal(await b.acquire(stream_id), null);
    t.equal(await a.acquire(stream_id), null);
    t.strictSame(await b.holder(stream_id), { owner_id: 'a', epoch: 1 });
    t.not(await b.acquire(randomUUID()), null, 'another stream is free');
  });

  await t.test(`${name}: of many at once exactly one wins`, async (t) => {
    const stream_id = randomUUID();
    const managers = Array.from({ length: 20 }, (_, index) => open({ owner_id: `owner-${index}`, ttl_ms: LONG_MS }));
    const leases = await Promise.all(managers.map((locks) => locks.acquire(stream_id)));
    const winners = leases.filter((lease) => lease !== null);
    t.equal(winners.length, 1);
    t.strictSame(await a.holder(stream_id), { owner_id: winners[0]?.owner_id, epoch: winners[0]?.epoch });
  });

  await t.test(`${name}: the epoch rises with every acquisition, after release, expiry and releaseAll`, async (t) => {
    const stream_id = randomUUID();
    const epochs: number[] = [];
    const tokens = new Set<string>();
    for (const [locks, end] of [
      [a, (lease: Lease) => a.release(lease)],
      [b, () => b.releaseAll()],
      [brief, () => untilFree(brief, stream_id)],
      [a, () => Promise.resolve()],
    ] as const) {
      const lease = await held(locks, stream_id);
      epochs.push(lease.epoch);
      tokens.add(lease.token);
      await end(lease);
    }
    t.strictSame(epochs, [1, 2, 3, 4]);
    t.equal(tokens.size, 4, 'every acquisition has its own token');
  });

  await t.test(`${name}: a renewal keeps the lease, its token and its epoch`, async (t) => {
    // A manager of the same owner with the long TTL stands for a heartbeat that outlives the short one.
    const heart = open({ owner_id: 'brief', ttl_ms: LONG_MS });
    let stream_id: string;
    let lease: Lease;
    do {
      // Again where the machine was too busy to renew in time.
      stream_id = randomUUID();
      lease = await held(brief, stream_id);
    } while (!(await heart.renew(lease)));
    const other = randomUUID();
    await held(brief, other);
    await untilFree(brief, other);
    t.strictSame(await b.holder(stream_id), { owner_id: 'brief', epoch: 1 }, 'longer than the first TTL');
    t.equal(await b.acquire(stream_id), null);
    t.equal(await heart.release(lease), true);
  });

  await t.test(`${name}: a lease that ran out is lost for ever`, async (t) => {
    const stream_id = randomUUID();
    const lease = await held(brief, stream_id);
    await untilFree(brief, stream_id);
    t.equal(await brief.renew(lease), false, 'although nobody took it');
    t.equal(await brief.holder(stream_id), null);
    t.equal(await brief.release(lease), false);
    const next = await held(b, stream_id);
    t.equal(next.epoch, 2);
    t.equal(await brief.renew(lease), false);
    t.equal(await brief.release(lease), false, "the late one cannot end the new one's");
    t.strictSame(await a.holder(stream_id), { owner_id: 'b', epoch: 2 });
  });

  await t.test(`${name}: a token guards its lease, also against the same owner`, async (t) => {
    const stream_id = randomUUID();
    const first = await held(a, stream_id);
    t.equal(await a.release(first), true);
    t.equal(await a.release(first), false, 'twice');
    t.equal(await a.renew(first), false, 'released is lost');
    const second = await held(a, stream_id);
    t.equal(await a.release(first), false);
    t.equal(await a.renew(first), false);
    t.equal(await a.renew(second), true);
    t.equal(await b.release({ ...second, token: randomUUID() }), false);
    t.equal(await b.acquire(stream_id), null);
  });

  await t.test(`${name}: releaseAll frees the leases of its owner and no others`, async (t) => {
    const [one, two, others] = [randomUUID(), randomUUID(), randomUUID()];
    const lease = await held(a, one);
    await held(a, two);
    await held(b, others);
    await a.releaseAll();
    t.equal(await b.holder(one), null);
    t.equal(await b.holder(two), null);
    t.strictSame(await a.holder(others), { owner_id: 'b', epoch: 1 });
    t.equal(await a.renew(lease), false);
    t.equal((await held(b, one)).epoch, 2);
    await a.releaseAll();
    t.match(await a.holder(one), { owner_id: 'b' }, 'what was its own once is not any more');
  });

  await t.test(`${name}: closing one manager leaves the others`, async (t) => {
    const stream_id = randomUUID();
    await held(brief, stream_id);
    await brief.close();
    await untilFree(b, stream_id);
    t.equal((await held(b, stream_id)).epoch, 2);
    await a.close();
    await b.close();
  });
}
